//! What people say on the phone, in chats and in survey answers.

use crate::dice::Dice;

const OPENINGS: [&str; 4] = [
    "Hello, this is about my order of the {product}.",
    "Hi, I have a question on the {product}.",
    "Good day, I bought the {product} from you.",
    "Hey, it is about the {product}.",
];
const GOOD: [&str; 6] = [
    "It fits perfectly and arrived a day early.",
    "Your colleague at the store was really helpful.",
    "I love it and told my friends about it.",
    "Thank you, that was quick and easy.",
    "Best purchase of the year for me.",
    "The repair was done well, thanks a lot.",
];
const NEUTRAL: [&str; 6] = [
    "Could you tell me when it is going to arrive?",
    "Is it in stock at the store near me?",
    "I would like to change the delivery address.",
    "Which size would you recommend?",
    "How do I wash it?",
    "Can I use two vouchers together?",
];
const BAD: [&str; 6] = [
    "It arrived damaged and nobody answers my mails.",
    "I have waited three weeks, that is not acceptable.",
    "The zip broke after two days, I want my money back.",
    "I was charged twice and I am quite upset.",
    "The wrong size came, for the second time.",
    "I am thinking of closing my account.",
];

/// Some sentences about a product that feel as the sentiment (in hundredths) says.
pub(super) fn text(dice: &mut Dice, product: &str, sentiment: i64) -> String {
    let opening = dice
        .pick(&OPENINGS)
        .replace("{product}", &product.to_lowercase());
    let mood = if sentiment > 25 {
        &GOOD
    } else if sentiment < -25 {
        &BAD
    } else {
        &NEUTRAL
    };
    format!("{opening} {}", dice.pick(mood))
}

/// A comment as it stands in a survey.
pub(super) fn comment(dice: &mut Dice, sentiment: i64) -> &'static str {
    if sentiment > 25 {
        dice.pick(&GOOD)
    } else if sentiment < -25 {
        dice.pick(&BAD)
    } else {
        dice.pick(&[
            "Fine.",
            "It was all right.",
            "As expected.",
            "No complaints.",
        ])
    }
}
