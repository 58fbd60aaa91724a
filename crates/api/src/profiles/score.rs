//! A fixed-point number with three decimals, printed as a JSON number.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// Thousandths of one: 8450 is printed as 8.45. Exact up to 2^53 thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = f64)]
pub struct Thousandths(pub i64);

impl Thousandths {
    /// The mean of a sum in thousandths, rounded half away from zero; none of nothing.
    pub fn mean(sum: i128, count: u64) -> Option<Self> {
        if count == 0 {
            return None;
        }
        let count = i128::from(count);
        let half = if sum < 0 { -(count / 2) } else { count / 2 };
        i64::try_from((sum + half) / count).ok().map(Self)
    }
}

impl Serialize for Thousandths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 1000 == 0 {
            return serializer.serialize_i64(self.0 / 1000);
        }
        serializer.serialize_f64(self.0 as f64 / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Thousandths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        Ok(Self((number * 1000.0).round() as i64))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn prints_like_a_person_would() {
        for (thousandths, text) in [
            (8450, "8.45"),
            (-333, "-0.333"),
            (9000, "9"),
            (0, "0"),
            (100, "0.1"),
        ] {
            assert_eq!(
                serde_json::to_string(&Thousandths(thousandths)).unwrap(),
                text
            );
            assert_eq!(
                serde_json::from_str::<Thousandths>(text).unwrap(),
                Thousandths(thousandths)
            );
        }
    }

    #[test]
    fn the_mean_rounds_half_away_from_zero() {
        assert_eq!(Thousandths::mean(5, 2), Some(Thousandths(3)));
        assert_eq!(Thousandths::mean(-5, 2), Some(Thousandths(-3)));
        assert_eq!(Thousandths::mean(1, 3), Some(Thousandths(0)));
        assert_eq!(Thousandths::mean(1, 0), None);
    }
}
