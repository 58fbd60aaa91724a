//! The people behind the stream, and what they are known by.

use super::catalog::{PRODUCTS, STORES};
use super::{DAYS, Options, Showcase, names, spelling};
use crate::dice::Dice;

/// One in so many customers takes over the number that another gave up.
const RECYCLED_ONE_IN: u32 = 40;
/// The day on which a number that changes hands is given up, and the day on which its next owner has it.
const RECYCLED_DAYS: (u32, u32) = (150, 190);

pub(super) struct Customer {
    pub(super) number: u32,
    pub(super) household: u32,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) birth_date: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) email: String,
    /// The address from some day on.
    pub(super) new_email: Option<(u32, String)>,
    pub(super) phone: Option<Phone>,
    pub(super) loyalty_id: Option<String>,
    pub(super) social: Option<String>,
    /// A cookie and the day from which it is used, newest last.
    pub(super) browsers: Vec<(u32, String)>,
    pub(super) app: Option<App>,
    /// The tablet in the living room, one for the household.
    pub(super) tablet: Option<Tablet>,
    pub(super) store: &'static str,
    pub(super) euro: bool,
    /// How the customer mostly feels, from -60 to 80, in hundredths.
    pub(super) mood: i64,
    pub(super) favourite: &'static str,
}

pub(super) struct Phone {
    pub(super) digits: String,
    pub(super) from_day: u32,
    pub(super) to_day: u32,
}

pub(super) struct App {
    pub(super) device_id: String,
    pub(super) advertising_id: Option<String>,
    pub(super) anonymous_id: String,
}

#[derive(Clone)]
pub(super) struct Tablet {
    pub(super) device_id: String,
    pub(super) anonymous_id: String,
}

impl Customer {
    /// The showcase shares nothing, so that it shows the plain case.
    pub(super) fn is_showcase(&self) -> bool {
        self.number == 0
    }

    pub(super) fn email_on(&self, day: u32) -> &str {
        match &self.new_email {
            Some((from, email)) if day >= *from => email,
            _ => &self.email,
        }
    }

    pub(super) fn phone_on(&self, day: u32) -> Option<&str> {
        let phone = self.phone.as_ref()?;
        (phone.from_day..phone.to_day)
            .contains(&day)
            .then_some(phone.digits.as_str())
    }

    pub(super) fn browser_on(&self, day: u32) -> &str {
        let current = self.browsers.iter().rev().find(|(from, _)| day >= *from);
        current.map_or(self.browsers[0].1.as_str(), |(_, cookie)| cookie)
    }

    pub(super) fn currency(&self) -> &'static str {
        if self.euro { "EUR" } else { "USD" }
    }
}

struct Household {
    number: u32,
    last: String,
    members: u64,
    tablet: Option<Tablet>,
}

impl Household {
    fn new(seed: u64, number: u32) -> Self {
        let mut dice = Dice::new(seed, "household", number);
        let members = dice.pick(&[1, 1, 1, 2, 2, 3, 4]);
        let tablet = Tablet {
            device_id: format!("tab-{}", dice.uuid()),
            anonymous_id: dice.uuid(),
        };
        Self {
            number,
            last: names::family_name(&mut dice),
            members: if number == 0 { 1 } else { members },
            tablet: (members > 1 && dice.percent(60) && number > 0).then_some(tablet),
        }
    }
}

pub(super) struct Population {
    pub(super) customers: Vec<Customer>,
    seed: u64,
}

impl Population {
    pub(super) fn new(options: &Options) -> Self {
        let mut customers = Vec::with_capacity(options.customers as usize);
        let mut household = Household::new(options.seed, 0);
        let mut members = 0;
        for number in 0..options.customers {
            if members == household.members {
                household = Household::new(options.seed, household.number + 1);
                members = 0;
            }
            members += 1;
            customers.push(customer(options.seed, number, &household));
        }
        Self {
            customers,
            seed: options.seed,
        }
    }

    /// How many interactions each customer has: a few have many, and the sum is exact.
    pub(super) fn budgets(&self, interactions: u32) -> Vec<u32> {
        let weights: Vec<u64> = self
            .customers
            .iter()
            .map(|customer| match customer.number {
                0 => 240,
                number => {
                    let mut dice = Dice::new(self.seed, "budget", number);
                    let low = dice.between(5, 100);
                    low * dice.between(1, 4)
                }
            })
            .collect();
        let total: u64 = weights.iter().sum();
        let spare = u64::from(interactions) - weights.len() as u64;
        let mut given = 0;
        let mut before = 0;
        weights
            .iter()
            .map(|weight| {
                before += weight;
                let upto = spare * before / total;
                let share = upto - given;
                given = upto;
                1 + share as u32
            })
            .collect()
    }

    pub(super) fn showcase(&self) -> Showcase {
        let customer = &self.customers[0];
        let user_id = customer.user_id.iter().map(|id| format!("user_id:{id}"));
        let email = format!("email:{}", customer.email.to_uppercase());
        let phone = customer.phone.iter().map(|phone| {
            let (area, rest) = phone.digits.split_at(3);
            let (exchange, line) = rest.split_at(3);
            format!("phone:+1 ({area}) {exchange} {line}")
        });
        let loyalty = customer
            .loyalty_id
            .iter()
            .map(|id| format!("loyalty_id:{id}"));
        Showcase {
            name: format!("{} {}", customer.first, customer.last),
            keys: user_id.chain([email]).chain(phone).chain(loyalty).collect(),
        }
    }
}

fn customer(seed: u64, number: u32, household: &Household) -> Customer {
    let mut dice = Dice::new(seed, "customer", number);
    let dice = &mut dice;
    let showcase = number == 0;
    let first = names::first_name(dice);
    let last = household.last.clone();
    let email = names::email(dice, &first, &last, number);
    let user_id = format!("u-{:06}-{:04x}", number + 1, dice.below(0x1_0000));
    let loyalty_id = format!("FH{:08}", 10_000_000 + u64::from(number) * 7);
    let moved = names::email(dice, &last, &first, number);
    let move_day = dice.between(60, 280) as u32;
    Customer {
        number,
        household: household.number,
        birth_date: dice.percent(40).then(|| birth_date(dice)),
        user_id: (showcase || dice.percent(85)).then_some(user_id),
        new_email: (!showcase && dice.percent(8)).then_some((move_day, moved)),
        phone: phone(dice, number),
        loyalty_id: (showcase || dice.percent(55)).then_some(loyalty_id),
        social: (showcase || dice.percent(15)).then(|| names::social_handle(dice, &first, number)),
        browsers: browsers(dice),
        app: (showcase || dice.percent(40)).then(|| App {
            device_id: format!("dev-{}", dice.uuid()),
            advertising_id: dice.percent(60).then(|| dice.uuid()),
            anonymous_id: dice.uuid(),
        }),
        tablet: household.tablet.clone(),
        store: dice.pick(&STORES),
        euro: household.number % 3 == 1,
        mood: dice.between(0, 140) as i64 - 60,
        favourite: PRODUCTS[dice.below(PRODUCTS.len() as u64) as usize].category,
        first,
        last,
        email,
    }
}

fn birth_date(dice: &mut Dice) -> String {
    format!(
        "{}-{:02}-{:02}",
        dice.between(1948, 2006),
        dice.between(1, 12),
        dice.between(1, 28)
    )
}

/// A number of one's own, one that is given up, or the one that the customer before gave up.
fn phone(dice: &mut Dice, number: u32) -> Option<Phone> {
    let (given_up, taken_over) = RECYCLED_DAYS;
    let (index, from_day, to_day) = match number % RECYCLED_ONE_IN {
        7 => (number, 0, given_up),
        8 => (number - 1, taken_over, DAYS),
        _ if number == 0 || dice.percent(75) => (number, 0, DAYS),
        _ => return None,
    };
    Some(Phone {
        digits: spelling::phone_digits(index),
        from_day,
        to_day,
    })
}

fn browsers(dice: &mut Dice) -> Vec<(u32, String)> {
    let mut browsers = vec![(0, dice.uuid())];
    let mut day = dice.between(60, 200) as u32;
    while day < DAYS {
        browsers.push((day, dice.uuid()));
        day += dice.between(60, 200) as u32;
    }
    browsers
}
