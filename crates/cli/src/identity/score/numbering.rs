//! Names as small numbers, in the order in which they are met.

use std::collections::BTreeMap;

/// Names and their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbering {
    numbers: BTreeMap<String, u32>,
    names: Vec<String>,
}

impl Numbering {
    /// The number of a name, a new one when it is met for the first time.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.len();
        self.numbers.insert(name.to_owned(), number);
        self.names.push(name.to_owned());
        number
    }

    /// The name of a number.
    pub(super) fn name(&self, number: u32) -> Option<&str> {
        self.names.get(number as usize).map(String::as_str)
    }

    /// How many names there are: the first number that none has.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.names.len()).expect("four billion names do not fit into memory")
    }
}
