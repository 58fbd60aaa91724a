//! Hubs flip both ways, and raised caps are those of a world that had them all along.

use crate::Evidence;
use crate::tests::graphs::random::Random;
use crate::tests::graphs::script::Event;
use crate::tests::graphs::seeds::for_seeds;
use crate::tests::seen;

/// More neighbours than any cap of the random rules.
const CROWD: u32 = 7;

fn crowd(random: &mut Random) -> Vec<Evidence> {
    let hub = random.identifier();
    let of = ["u", "e", "s", "p", "l", "d", "g", "a"][random.below(8)];
    let third = random.one_in(2).then(|| random.identifier());
    let member = |number| {
        let mut names = vec![hub.clone(), format!("{of}{}", 20 + number)];
        names.extend(third.clone());
        names.sort();
        names.dedup();
        names.join(" ")
    };
    (0..CROWD)
        .map(|number| seen(&member(number), &[number % 4, number]))
        .collect()
}

/// A crowd comes to something one by one, and goes; then it comes again all at once, and goes.
#[test]
fn hubs_flip_both_ways() {
    for_seeds(60, |random| {
        let mut script = random.script();
        let around: Vec<Evidence> = (0..12).map(|_| random.evidence()).collect();
        script.events.push(Event::See(around));
        let mut crowd = crowd(random);
        for round in 0..2 {
            for one in &crowd {
                script.events.push(Event::See(vec![one.clone()]));
                if round == 0 {
                    script.events.push(Event::Check);
                }
            }
            random.shuffle(&mut crowd);
            for one in &crowd {
                script.events.push(Event::Forget(one.clone()));
                script.events.push(Event::Check);
            }
        }
        script
    });
}
