//! The standard rules: numbers set by reasoning about how people share and lose things, each with its why.
//!
//! A cap is about a person's plausible life, several years long: past it, the value is a till, a kiosk, a family's
//! browser or a dummy, and guessing who it means would glue strangers together. A cap that is too low costs one
//! customer some history until an operator links it; a cap that is too high costs many customers their separateness.

use std::collections::BTreeSet;

use crate::{BlockedPattern, NamespaceRule, Rules, Sharing};

/// Nodes in one profile. A person of ten years with weekly cookie churn has some hundreds; a thousand is no person.
const PROFILE_NODES_MAX: u32 = 1_000;

/// Nodes that a repair may look at. A profile with all its neighbours has some ten; a hundred times that is a knot of
/// families, and reading it takes some milliseconds.
const REGION_NODES_MAX: u32 = 2_048;

/// Pieces of work in one command: some tens of milliseconds. An ordinary message makes fewer than ten.
const WORK_MAX: u32 = 20_000;

/// What kind of thing a namespace names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A login: one per person.
    Account,
    /// A mailbox: mostly one person's, sometimes a couple's or an office's.
    Mailbox,
    /// An account at a social network.
    Social,
    /// A number: handed on by carriers, shared by households.
    Phone,
    /// A loyalty card: lent within families.
    Card,
    /// A device: shared, sold, or a shop's own.
    Device,
    /// An advertising id: a device that can be reset.
    Advertising,
    /// A browser: thrown away weekly, shared in households, libraries and shops.
    Browser,
}

use Role::{Account, Advertising, Browser, Card, Device, Mailbox, Phone, Social};

/// The role of a namespace by its name. One that we do not know is an account when it is exclusive, a customer number
/// when it stands before the first thing that people share, else a card.
fn role(name: &str, exclusive: bool, after_shared: bool) -> Role {
    match name {
        "user_id" => Account,
        "email" => Mailbox,
        "social" => Social,
        "phone" => Phone,
        "loyalty_id" => Card,
        "device_id" => Device,
        "advertising_id" => Advertising,
        "anonymous_id" => Browser,
        _ if exclusive => Account,
        _ if after_shared => Card,
        _ => Social,
    }
}

/// Distinct neighbours of kind `to` that a thing of kind `from` may have.
fn neighbours_max(from: Role, to: Role) -> u32 {
    match (from, to) {
        // Two accounts stand in one message only by an alias; renumberings happen a few times in a life.
        (Account, Account) => 8,
        // Home, work, school, an old address and a slip of the pen; more is staff acting for customers, or a test.
        (Account, Mailbox | Social | Phone) => 5,
        // A card, its replacement, the partner's.
        (Account, Card) => 3,
        // A new phone every year or two, tablets and televisions beside it; advertising ids can be reset at will.
        (Account | Mailbox | Social, Device) => 30,
        (Account | Mailbox | Social, Advertising) => 60,
        // A new cookie every week on two or three browsers for three years.
        (Account | Mailbox | Social, Browser) => 500,
        // Re-registered after a lost password, once as a guest: three logins. More is an office's mailbox.
        (Mailbox | Social, Account) => 3,
        // An old and a new address on one form, and a typing error or two.
        (Mailbox | Social, Mailbox | Social) => 5,
        (Mailbox | Social, Phone | Card) => 8,
        // A household has up to five people; a number with more customers is a reception or a dummy.
        (Phone | Card, Account) => 5,
        (Phone | Card, Mailbox | Social) => 8,
        (Phone | Card, Phone | Card) => 6,
        (Phone | Card, Device | Advertising) => 20,
        (Phone | Card, Browser) => 200,
        // A family's tablet has up to five logins over its life; a kiosk has hundreds within days.
        (Device | Advertising, Account) => 5,
        (Device | Advertising, Mailbox | Social | Phone | Card) => 6,
        (Device | Advertising, Device | Advertising) => 12,
        (Device | Advertising, Browser) => 100,
        // A browser outlives a few logins; one that has seen more is a library's or a shop's.
        (Browser, Account | Mailbox | Social | Phone | Card) => 5,
        // A browser runs on one device; a synchronised one on a few.
        (Browser, Device | Advertising) => 5,
        // Two anonymous ids meet when a cookie is renewed.
        (Browser, Browser) => 12,
    }
}

/// The layer of a role: a link is as weak as its weaker end.
fn layer(role: Role) -> u8 {
    match role {
        Account | Mailbox | Social => 0,
        Phone | Card => 1,
        Device | Advertising => 2,
        Browser => 3,
    }
}

/// The tier of a link. An account beside another customer's value is what somebody typed behind a login: the strongest.
fn tier(a: Role, b: Role) -> u8 {
    if layer(a) == 0 && layer(b) == 0 && a != Account && b != Account {
        return 2;
    }
    1 + 4 * layer(a).max(layer(b)) + layer(a).min(layer(b))
}

/// Values of a kind in one profile: what a profile with several mailboxes and browsers of one person can add up to.
fn per_profile_max(role: Role, exclusive: bool) -> u32 {
    match role {
        _ if exclusive => 16, // only aliases and operators bring a second one
        Account | Mailbox | Social | Phone | Card => 20,
        Device => 60,
        Advertising => 100,
        Browser => 800,
    }
}

/// Short forms of English first names that are common enough to meet at a till.
fn nicknames() -> Vec<BTreeSet<String>> {
    const NAMES: [&str; 24] = [
        "alexander alex al sasha",
        "andrew andy drew",
        "anthony tony",
        "benjamin ben benny",
        "catherine katherine kate katie kathy cathy",
        "charles charlie chuck",
        "christopher chris",
        "daniel dan danny",
        "david dave",
        "edward ed eddie ted",
        "elizabeth liz lizzie beth betty eliza",
        "james jim jimmy jamie",
        "jennifer jen jenny",
        "john johnny jack",
        "joseph joe joey",
        "margaret maggie meg peggy",
        "matthew matt",
        "michael mike mick",
        "patricia pat patty trish",
        "rebecca becky becca",
        "richard rich rick dick",
        "robert rob bob bobby",
        "thomas tom tommy",
        "william will bill billy liam",
    ];
    let sets = NAMES
        .iter()
        .map(|line| line.split(' ').map(str::to_owned).collect());
    sets.collect()
}

/// Keys that forms, tests and tills fill in where there is no value.
fn blocked(role: Role) -> &'static [&'static str] {
    match role {
        Mailbox => &[
            "a@a.com",
            "a@b.com",
            "admin@admin.com",
            "customer@store.com",
            "email@email.com",
            "guest@guest.com",
            "na@na.com",
            "no@email.com",
            "no@no.com",
            "noemail@noemail.com",
            "none@none.com",
            "test@gmail.com",
            "test@test.com",
            "user@example.com",
        ],
        Phone => &[
            "+10123456789",
            "+11234567890",
            "+1234567890",
            "+15555555555",
            "+123456789",
        ],
        _ => &[
            "anonymous",
            "customer",
            "default",
            "demo",
            "guest",
            "n/a",
            "na",
            "null",
            "none",
            "test",
            "testuser",
            "undefined",
            "unknown",
            "user",
            "12345678",
            "123456789",
            "1234567890",
        ],
    }
}

/// Shapes of keys that mean nothing.
fn blocked_patterns(role: Role) -> &'static [&'static str] {
    match role {
        // Addresses that software sends from, and domains in which nobody has a mailbox.
        Mailbox => &[
            r"^(no-?reply|do-?not-?reply|mailer-daemon|postmaster|noemail|nomail|none|unknown)@",
            r"@(localhost|invalid|test)$",
            r"^(x+|0+|na|n\.a)@",
        ],
        // The same digit seven times at the end is how a till is told that there is no number.
        Phone => &[
            r"0{7}$", r"1{7}$", r"2{7}$", r"3{7}$", r"4{7}$", r"5{7}$", r"6{7}$", r"7{7}$",
            r"8{7}$", r"9{7}$",
        ],
        // One character over and over, separators aside: the zero uuid, ffff…, 1111111. A short number can be an account.
        _ => &[
            r"^[0-]*$",
            r"^1[1-]{6,}$",
            r"^9[9-]{6,}$",
            r"^[fF][fF-]{6,}$",
            r"^[xX][xX-]{2,}$",
        ],
    }
}

impl Rules {
    /// The standard rules for namespaces given as (name, exclusive), the strongest first.
    #[must_use]
    pub fn standard(namespaces: &[(&str, bool)]) -> Self {
        let mut after_shared = false;
        let mut roles = Vec::with_capacity(namespaces.len());
        for (name, exclusive) in namespaces {
            let role = role(name, *exclusive, after_shared);
            after_shared |= layer(role) > 0;
            roles.push(role);
        }
        let rules = namespaces
            .iter()
            .zip(&roles)
            .map(|((name, exclusive), role)| NamespaceRule {
                name: (*name).to_owned(),
                exclusive: *exclusive,
                layer: layer(*role),
                sharing: if layer(*role) <= 1 {
                    Sharing::ByName
                } else {
                    Sharing::ByDay
                },
                // A name typed on a device or in a browser says who typed, not whose it is.
                describes: layer(*role) <= 1,
                per_profile_max: per_profile_max(*role, *exclusive),
                neighbours_max: roles.iter().map(|to| neighbours_max(*role, *to)).collect(),
                tiers: roles.iter().map(|to| tier(*role, *to)).collect(),
                blocked: blocked(*role)
                    .iter()
                    .map(|key| (*key).to_owned())
                    .collect::<BTreeSet<_>>(),
                blocked_patterns: blocked_patterns(*role)
                    .iter()
                    .map(|text| {
                        BlockedPattern::try_from((*text).to_owned())
                            .expect("a standard pattern is valid")
                    })
                    .collect(),
            });
        Self {
            namespaces: rules.collect(),
            nicknames: nicknames(),
            // A second account that uses the mailbox a third as often is no slip.
            mailbox_dominance: 3,
            // A visitor who logs in on one day of five makes nobody's device shared.
            owner_dominance: 4,
            // One visit is a loan.
            handed_on_days_min: 2,
            // A clerk who mishears a name does so once.
            name_days_min: 2,
            // A customer at a kiosk types an address, a number or a card of their own; three that are seen nowhere else with
            // the login are other people's.
            operator_foreign_min: 3,
            // Whoever types their address wrong notices when nothing arrives.
            typo_days_max: 2,
            typo_edits_max: 2,
            profile_nodes_max: PROFILE_NODES_MAX,
            region_nodes_max: REGION_NODES_MAX,
            work_max: WORK_MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rank;

    const BUILTIN: [(&str, bool); 8] = [
        ("user_id", true),
        ("email", false),
        ("social", false),
        ("phone", false),
        ("loyalty_id", false),
        ("device_id", false),
        ("advertising_id", false),
        ("anonymous_id", false),
    ];

    #[test]
    fn placeholders_are_blocked_and_people_are_not() {
        let rules = Rules::standard(&BUILTIN);
        let check = |rank: u8, key: &str, expected: bool| {
            assert_eq!(rules.is_blocked(Rank(rank), key), expected, "{rank} {key}");
        };
        check(0, "guest", true);
        check(0, "u_41eeeaa4b0", false);
        check(1, "test@test.com", true);
        check(1, "noreply@shop.example", true);
        check(1, "noreen@mail.com", false);
        check(1, "anna@example.com", false);
        check(0, "11", false);
        check(3, "+10000000000", true);
        check(3, "+15559999999", true);
        check(3, "+12125550123", false);
        check(5, "00000000-0000-0000-0000-000000000000", true);
        check(7, "0007bcac-4696-4efa-a29d-22fc6d6f684d", false);
    }

    #[test]
    fn tiers_are_symmetric_and_grow_with_the_layer() {
        let rules = Rules::standard(&BUILTIN);
        for a in 0..8 {
            for b in 0..8 {
                assert_eq!(rules.tier(Rank(a), Rank(b)), rules.tier(Rank(b), Rank(a)));
            }
        }
        assert!(rules.tier(Rank(0), Rank(1)) < rules.tier(Rank(1), Rank(3)));
        assert!(rules.tier(Rank(1), Rank(3)) < rules.tier(Rank(0), Rank(7)));
    }

    #[test]
    fn own_namespaces_take_a_role_by_their_place() {
        let rules = Rules::standard(&[
            ("user_id", true),
            ("crm", false),
            ("phone", false),
            ("locker", false),
        ]);
        assert_eq!(rules.namespaces[1].layer, 0);
        assert_eq!(rules.namespaces[3].layer, 1);
    }
}
