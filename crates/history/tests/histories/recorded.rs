//! What a recorder writes down.

use acquaint_history::{Clock, Outcome, Recorder, SetInput, SetOutput};

#[test]
fn keys_have_histories_of_their_own_on_one_clock() {
    let recorder = Recorder::new(Clock::default());
    assert!(recorder.is_empty());
    let first = recorder.begin(1, "a", SetInput::Add(0));
    let second = recorder.begin(2, "b", SetInput::Add(1));
    let never = recorder.begin(3, "b", SetInput::Read);
    recorder.end(second, Outcome::Done(SetOutput::Added));
    recorder.end(first, Outcome::Failed);
    drop(never);
    let histories = recorder.histories();
    let times = |key| -> Vec<_> {
        let history = histories.get(key).into_iter().flatten();
        history.map(|op| (op.client, op.begin, op.end)).collect()
    };
    assert_eq!(times("a"), [(1, 0, 4)]);
    assert_eq!(times("b"), [(2, 1, 3), (3, 2, u64::MAX)]);
    assert_eq!(histories["a"][0].outcome, Outcome::Failed);
    assert_eq!(histories["b"][1].outcome, Outcome::Unknown);
    assert_eq!(recorder.len(), 3);
}
