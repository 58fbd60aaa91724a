//! The record of a population in the store that holds it.
//!
//! - It is a customer of its own, written after all others: if it is there, they are.
//! - A run reads it, so that a workload never refers to customers that do not exist.

use serde_json::{Value, json};

use crate::{BenchError, HttpSession, Target};

const USER: &str = "bench-population";

/// The customers that a store holds for load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Population {
    /// Customers with one anchor, numbered from zero.
    pub profiles: usize,
    /// Customers with nine anchors, numbered from zero.
    pub talkers: usize,
    /// The seed of their traits.
    pub seed: u64,
}

impl Population {
    /// Reads the record from a store; `None` without one.
    ///
    /// # Errors
    /// The node refuses or does not answer.
    pub async fn find(
        session: &mut HttpSession,
        target: &Target,
    ) -> Result<Option<Self>, BenchError> {
        let request = target.get(&format!("/v1/profiles/user_id:{USER}?fields=traits"));
        match session.send(&request).await {
            Ok(body) => Ok(Self::read(&body)),
            Err(BenchError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(body: &[u8]) -> Option<Self> {
        let profile: Value = serde_json::from_slice(body).ok()?;
        let number = |name: &str| profile["traits"][name].as_u64();
        Some(Self {
            profiles: usize::try_from(number("profiles")?).ok()?,
            talkers: usize::try_from(number("talkers")?).ok()?,
            seed: number("seed")?,
        })
    }

    /// The message that writes the record. A larger population replaces a smaller one.
    pub(crate) fn message(&self) -> Value {
        let Self {
            profiles,
            talkers,
            seed,
        } = self;
        json!({
            "type": "identify",
            "messageId": format!("load-population-{profiles}-{talkers}-{seed}"),
            "userId": USER,
            "traits": { "profiles": profiles, "talkers": talkers, "seed": seed },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let population = Population {
            profiles: 100_000,
            talkers: 512,
            seed: 7,
        };
        let message = population.message();
        let profile = json!({ "id": "pf_x", "traits": message["traits"] });
        let read = Population::read(profile.to_string().as_bytes());
        assert_eq!(read, Some(population));
        for bad in [
            "",
            "{}",
            r#"{"traits":{"profiles":-1,"talkers":1,"seed":1}}"#,
        ] {
            assert_eq!(Population::read(bad.as_bytes()), None, "{bad}");
        }
    }
}
