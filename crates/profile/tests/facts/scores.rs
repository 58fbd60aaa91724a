//! Survey answers and sentiment.

use acquaint_profile::rollup::{Scores, Survey};
use serde_json::json;

use crate::{at, message, profile, track};

fn line(scores: &Scores) -> String {
    let value = |entry: &Option<acquaint_profile::rollup::Entry<acquaint_profile::Thousandths>>| {
        entry.as_ref().unwrap().value.to_string()
    };
    format!(
        "{} mean {} lowest {} highest {} last {}",
        scores.count,
        scores.mean().unwrap(),
        value(&scores.lowest),
        value(&scores.highest),
        value(&scores.last)
    )
}

#[test]
fn answers_are_summed_by_survey() {
    let mut answers = Vec::new();
    for (day, survey, score) in [
        (1, "nps", json!(9)),
        (3, "NPS", json!("4")),
        (2, "nps", json!(10)),
        (1, "ces", json!(4.5)),
    ] {
        let mut answer = track("Survey Answered", json!({"survey": survey, "score": score}));
        answer.time = at(&format!("2025-01-0{day}T00:00:00Z"));
        answers.push(answer);
    }
    let surveys = profile(&answers).rollup.surveys;
    assert_eq!(
        line(surveys.get(&Survey::Nps).unwrap()),
        "3 mean 7.667 lowest 4 highest 10 last 4"
    );
    assert_eq!(
        line(surveys.get(&Survey::Ces).unwrap()),
        "1 mean 4.5 lowest 4.5 highest 4.5 last 4.5"
    );
    assert!(surveys.get(&Survey::Csat).is_none());
}

#[test]
fn scores_out_of_range_are_not_taken() {
    for (survey, score) in [
        ("nps", json!(11)),
        ("nps", json!(-1)),
        ("csat", json!(101)),
        ("stars", json!(5)),
        ("nps", json!(true)),
    ] {
        let answer = track("Survey Answered", json!({"survey": survey, "score": score}));
        assert!(
            profile(&[answer]).rollup.surveys.entries.is_empty(),
            "{survey} {score}"
        );
    }
}

#[test]
fn sentiment_is_read_from_any_message() {
    let call = track("Call Ended", json!({"sentiment": -0.75}));
    let mut chat = message("page", json!({"properties": {"sentiment": 0.5}}));
    chat.time = at("2025-02-01T00:00:00Z");
    let sentiment = profile(&[chat, call]).rollup.sentiment;
    assert_eq!(
        line(&sentiment),
        "2 mean -0.125 lowest -0.75 highest 0.5 last 0.5"
    );
    for broken in [json!(1.001), json!(-2), json!("good")] {
        assert_eq!(
            profile(&[track("Call Ended", json!({"sentiment": broken}))])
                .rollup
                .sentiment
                .count,
            0
        );
    }
}

#[test]
fn of_equal_scores_the_newest_is_shown() {
    let old = track("Call Ended", json!({"sentiment": -1}));
    let mut new = old.clone();
    new.time = at("2025-02-01T00:00:00Z");
    let sentiment = profile(&[new.clone(), old]).rollup.sentiment;
    assert_eq!(sentiment.lowest.unwrap().time, new.time);
    assert_eq!(sentiment.highest.unwrap().time, new.time);
}

#[test]
fn without_scores_there_is_no_mean() {
    assert_eq!(profile(&[]).rollup.sentiment.mean(), None);
}
