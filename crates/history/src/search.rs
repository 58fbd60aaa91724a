//! The search for an order: Wing and Gong's, with Lowe's memory of where it has been.
//!
//! A configuration is what has been put in order and the state that it led to. What can come next is every operation that began
//! before any other that is left was over. A configuration that was met before leads nowhere new.
//!
//! - Operations are numbered by their begin, so that what has been put in order is all below a base and a few beyond it: with
//!   n clients never more than n.
//! - Operations of unknown outcome need not be put in order at all. They are tried last.
//! - A read that fits is put in order at once, without trying anything else: it changes nothing, so whatever could come now can
//!   come after it.
//! - Where reads show changes, the smaller of two reads comes first. A change comes next only if every read that does not show
//!   it is in order, and then nothing else need be tried: it has to come before the next read, and changes commute.

use std::collections::HashSet;

use crate::model::Model;

/// An operation as the search sees it.
pub(crate) struct Item<M: Model> {
    /// Its place in the history.
    pub(crate) at: usize,
    pub(crate) input: M::Input,
    pub(crate) output: Option<M::Output>,
    pub(crate) begin: u64,
    /// When it must have taken effect; nothing if it may never have.
    pub(crate) deadline: Option<u64>,
}

/// How far the search came.
pub(crate) enum Found<M: Model> {
    /// Everything fits.
    Order,
    /// No order fits. This is the longest begin of one.
    Nothing(Deepest<M>),
    /// So many configurations were met that it was given up.
    GaveUp,
}

/// The longest begin of an order.
pub(crate) struct Deepest<M: Model> {
    /// Places in the history, in order.
    pub(crate) order: Vec<usize>,
    pub(crate) state: M::State,
}

/// What has been put in order, and where it led.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Configuration<S> {
    /// Everything required below it is in order.
    base: usize,
    /// What is in order beyond the base, in rising order.
    beyond: Vec<usize>,
    /// What is in order of the operations that need not be, in rising order.
    optional: Vec<usize>,
    /// How many reads are in order.
    reads: usize,
    state: S,
}

#[derive(Clone, Copy)]
enum Candidate {
    Required(usize),
    Optional(usize),
}

struct Frame<S> {
    configuration: Configuration<S>,
    candidates: Vec<Candidate>,
    next: usize,
    /// What led here.
    by: Option<usize>,
}

pub(crate) struct Search<'a, M: Model> {
    model: &'a M,
    required: Vec<Item<M>>,
    optional: Vec<Item<M>>,
    /// Of each required change, how many reads do not show it. Empty if reads do not tell.
    reads_before: Vec<usize>,
    configurations_max: usize,
}

impl<'a, M: Model> Search<'a, M> {
    pub(crate) fn new(model: &'a M, items: Vec<Item<M>>, configurations_max: usize) -> Self {
        let (mut required, mut optional): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|item| item.deadline.is_some());
        required.sort_by_key(|item| item.begin);
        optional.sort_by_key(|item| item.begin);
        Search {
            reads_before: reads_before(model, &required),
            model,
            required,
            optional,
            configurations_max,
        }
    }

    pub(crate) fn run(&self) -> Found<M> {
        let first = Configuration {
            base: 0,
            beyond: Vec::new(),
            optional: Vec::new(),
            reads: 0,
            state: self.model.initial(),
        };
        let mut met = HashSet::from([first.clone()]);
        let mut deepest = Deepest {
            order: Vec::new(),
            state: first.state.clone(),
        };
        let mut deepest_required = 0;
        let mut stack = vec![self.frame(first, None)];
        while let Some(frame) = stack.last_mut() {
            if frame.configuration.base == self.required.len() {
                return Found::Order;
            }
            let Some(&candidate) = frame.candidates.get(frame.next) else {
                stack.pop();
                continue;
            };
            frame.next += 1;
            let Some(configuration) = self.after(&frame.configuration, candidate) else {
                continue;
            };
            if !met.insert(configuration.clone()) {
                continue;
            }
            if met.len() > self.configurations_max {
                return Found::GaveUp;
            }
            let required = configuration.base + configuration.beyond.len();
            stack.push(self.frame(configuration, Some(self.item(candidate).at)));
            if required > deepest_required {
                deepest_required = required;
                deepest.order = stack.iter().filter_map(|frame| frame.by).collect();
                if let Some(frame) = stack.last() {
                    deepest.state = frame.configuration.state.clone();
                }
            }
        }
        Found::Nothing(deepest)
    }

    fn item(&self, candidate: Candidate) -> &Item<M> {
        match candidate {
            Candidate::Required(at) => &self.required[at],
            Candidate::Optional(at) => &self.optional[at],
        }
    }

    fn frame(&self, configuration: Configuration<M::State>, by: Option<usize>) -> Frame<M::State> {
        Frame {
            candidates: self.candidates(&configuration),
            configuration,
            next: 0,
            by,
        }
    }

    /// What is worth trying next.
    fn candidates(&self, configuration: &Configuration<M::State>) -> Vec<Candidate> {
        let mut candidates = self.possible(configuration);
        let state = &configuration.state;
        let fitting_read = |candidate: &Candidate| {
            let item = self.item(*candidate);
            let (input, output) = (&item.input, item.output.as_ref());
            self.model.is_read(input) && self.model.step(state, input, output).is_some()
        };
        let shown_next = |candidate: &Candidate| match candidate {
            Candidate::Required(at) if !self.model.is_read(&self.required[*at].input) => self
                .reads_before
                .get(*at)
                .is_some_and(|reads| *reads <= configuration.reads),
            _ => false,
        };
        let only = candidates.iter().position(fitting_read);
        let only = only.or_else(|| candidates.iter().position(shown_next));
        match only {
            Some(only) => vec![candidates.swap_remove(only)],
            None if M::READS_SHOW_CHANGES => Vec::new(),
            None => candidates,
        }
    }

    /// What can come next: what began before the first of what is left was over.
    fn possible(&self, configuration: &Configuration<M::State>) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        let mut first_deadline = u64::MAX;
        let left = (configuration.base..self.required.len())
            .filter(|at| configuration.beyond.binary_search(at).is_err());
        for at in left {
            let item = &self.required[at];
            if item.begin > first_deadline {
                break;
            }
            first_deadline = first_deadline.min(item.deadline.unwrap_or(u64::MAX));
            candidates.push(Candidate::Required(at));
        }
        let optional = self.optional.iter().enumerate();
        let begun = optional.take_while(|(_, item)| item.begin <= first_deadline);
        let left = begun.filter(|(at, _)| configuration.optional.binary_search(at).is_err());
        candidates.extend(left.map(|(at, _)| Candidate::Optional(at)));
        candidates
    }

    /// The configuration after the candidate, if it fits.
    fn after(
        &self,
        before: &Configuration<M::State>,
        candidate: Candidate,
    ) -> Option<Configuration<M::State>> {
        let item = self.item(candidate);
        let state = self
            .model
            .step(&before.state, &item.input, item.output.as_ref())?;
        let mut after = Configuration {
            state,
            ..before.clone()
        };
        let (placed, at) = match candidate {
            Candidate::Required(at) => (&mut after.beyond, at),
            Candidate::Optional(at) => (&mut after.optional, at),
        };
        if let Err(place) = placed.binary_search(&at) {
            placed.insert(place, at);
        }
        let joined = after
            .beyond
            .iter()
            .zip(after.base..)
            .take_while(|(at, base)| *at == base)
            .count();
        after.beyond.drain(..joined);
        after.base += joined;
        after.reads += usize::from(self.model.is_read(&item.input));
        Some(after)
    }
}

fn reads_before<M: Model>(model: &M, required: &[Item<M>]) -> Vec<usize> {
    if !M::READS_SHOW_CHANGES {
        return Vec::new();
    }
    let reads = required.iter().filter(|item| model.is_read(&item.input));
    let answers: Vec<&M::Output> = reads.filter_map(|read| read.output.as_ref()).collect();
    let not_showing = |item: &Item<M>| {
        let hiding = answers
            .iter()
            .filter(|answer| !model.shows(answer, &item.input));
        hiding.count()
    };
    required.iter().map(not_showing).collect()
}
