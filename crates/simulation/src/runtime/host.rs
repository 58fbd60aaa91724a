//! One life of a host: its tasks, which end together.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::clock::HostClock;
use super::join::HostJoin;
use super::task::{self, Slot};

thread_local! {
    static CURRENT: RefCell<Option<Host>> = const { RefCell::new(None) };
}

/// A host from its start to its death. Clones are the same.
#[derive(Clone)]
pub(crate) struct Host {
    inner: Arc<Inner>,
}

struct Inner {
    node: u64,
    clock: HostClock,
    life: Mutex<Life>,
}

#[derive(Default)]
struct Life {
    tasks: BTreeMap<u64, Arc<Slot>>,
    next_task: u64,
    is_paused: bool,
    is_dead: bool,
    panics: Vec<String>,
}

impl Host {
    /// Switches a host on.
    #[must_use]
    pub(crate) fn new(node: u64, clock: HostClock) -> Self {
        Host {
            inner: Arc::new(Inner {
                node,
                clock,
                life: Mutex::default(),
            }),
        }
    }

    /// The host whose task is being polled.
    #[must_use]
    pub(crate) fn current() -> Option<Host> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// The node that runs on it.
    #[must_use]
    pub(crate) fn node(&self) -> u64 {
        self.inner.node
    }

    pub(super) fn clock(&self) -> HostClock {
        self.inner.clock
    }

    /// Runs a task on the host, whoever calls.
    pub(crate) fn spawn<T>(&self, future: T) -> HostJoin<T::Output>
    where
        T: Future + Send + 'static,
        T::Output: Send + 'static,
    {
        task::spawn(Some(self.clone()), future)
    }

    /// Ends the life of the host: every task is dropped where it stands.
    pub(crate) fn kill(&self) {
        self.inner.life.lock().is_dead = true;
        // What a task drops may spawn, which a dead host refuses, or wake others, which finds them gone.
        self.within(|| {
            loop {
                let first = self.inner.life.lock().tasks.pop_first();
                let Some((_, slot)) = first else { break };
                slot.end();
            }
        });
    }

    /// Whether it was killed.
    #[must_use]
    pub(crate) fn is_dead(&self) -> bool {
        self.inner.life.lock().is_dead
    }

    /// Polls no task of the host until it is resumed, as if it had got SIGSTOP.
    pub(crate) fn pause(&self) {
        self.inner.life.lock().is_paused = true;
    }

    /// Lets a host that was paused go on, with everything that it has missed.
    pub(crate) fn resume(&self) {
        let slots: Vec<_> = {
            let mut life = self.inner.life.lock();
            life.is_paused = false;
            life.tasks.values().cloned().collect()
        };
        slots.iter().for_each(|slot| slot.catch_up());
    }

    /// Whether it is paused.
    #[must_use]
    pub(crate) fn is_paused(&self) -> bool {
        self.inner.life.lock().is_paused
    }

    /// What tasks of the host have panicked with.
    #[must_use]
    pub(crate) fn panics(&self) -> Vec<String> {
        self.inner.life.lock().panics.clone()
    }

    pub(super) fn note_panic(&self, text: String) {
        self.inner.life.lock().panics.push(text);
    }

    /// Takes a task in, unless the host is dead.
    pub(super) fn take_in(&self, slot: &Arc<Slot>) -> Option<u64> {
        let mut life = self.inner.life.lock();
        if life.is_dead {
            return None;
        }
        let id = life.next_task;
        life.next_task += 1;
        life.tasks.insert(id, slot.clone());
        Some(id)
    }

    pub(super) fn let_go(&self, id: u64) {
        self.inner.life.lock().tasks.remove(&id);
    }

    /// Calls `work` as code of this host.
    pub(super) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = CURRENT.replace(Some(self.clone()));
        let _restored = Restore(before);
        work()
    }
}

/// Makes the host before the current one again, even if there is a panic.
struct Restore(Option<Host>);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}
