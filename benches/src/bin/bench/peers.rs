//! PostgreSQL, Redis and etcd as sessions of the load generator.

use std::path::Path;
use std::sync::Arc;

use acquaint_bench::{
    BenchError, Customer, Ingest, Kind, Message, Pace, Plan, Session, Talker, Work, drive,
};
use acquaint_benches::peers::{
    Etcd, EtcdSession, PeerMessage, Postgres, PostgresSession, Redis, RedisSession,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::contender::{Contender, Sample, peer_reason, reason};
use crate::options::Options;

const LOAD_BATCH: usize = 500;
const LOAD_CONNECTIONS: usize = 8;
/// Bytes of a value in etcd, as many as of a message in a log.
const ETCD_VALUE_BYTES: usize = 400;

pub(crate) const POSTGRES_MERGE: &str = "PostgreSQL resolve-and-merge";
pub(crate) const POSTGRES_INSERT: &str = "PostgreSQL insert-only";
pub(crate) const POSTGRES_LOOKUP: &str = "PostgreSQL join";
pub(crate) const REDIS_GET: &str = "Redis GET";
pub(crate) const ETCD_PUT: &str = "etcd put";

/// A peer, or the reason why it is not there.
pub(crate) type Peer<P> = Result<P, String>;

fn peer_error(error: impl std::fmt::Display) -> BenchError {
    BenchError::Peer(error.to_string())
}

fn peer_message(message: &Message) -> PeerMessage {
    let json = |value: Option<String>| value.unwrap_or_default();
    let identifiers = message.identifiers().into_iter();
    PeerMessage {
        message_id: message.message_id.clone(),
        identifiers: identifiers
            .map(|(namespace, value)| (namespace.to_owned(), value.to_owned()))
            .collect(),
        time_millis: message.timestamp,
        channel: message.context.channel.to_owned(),
        kind: message.kind.to_owned(),
        event: message.event.unwrap_or_default().to_owned(),
        traits: json(
            message
                .traits
                .as_ref()
                .and_then(|one| serde_json::to_string(one).ok()),
        ),
        properties: json(
            message
                .properties
                .as_ref()
                .and_then(|one| serde_json::to_string(one).ok()),
        ),
    }
}

fn peer_messages(messages: &[Message]) -> Vec<PeerMessage> {
    messages.iter().map(peer_message).collect()
}

/// Writes of PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Insert,
    Merge,
}

struct PostgresWrite {
    session: PostgresSession,
    write: Write,
}

impl Session for PostgresWrite {
    type Operation = Vec<PeerMessage>;

    async fn call(&mut self, batch: &Vec<PeerMessage>) -> Result<(), BenchError> {
        let written = match self.write {
            Write::Insert => self.session.insert_only(batch).await,
            Write::Merge => self.session.resolve_and_merge(batch).await,
        };
        written.map(drop).map_err(peer_error)
    }
}

struct PostgresLookup(PostgresSession);

impl Session for PostgresLookup {
    type Operation = String;

    async fn call(&mut self, user: &String) -> Result<(), BenchError> {
        match self.0.lookup("user_id", user).await.map_err(peer_error)? {
            Some(_) => Ok(()),
            None => Err(BenchError::Partial("a missing profile")),
        }
    }
}

struct RedisGet(RedisSession);

impl Session for RedisGet {
    type Operation = String;

    async fn call(&mut self, user: &String) -> Result<(), BenchError> {
        match self.0.get(user.as_bytes()).await.map_err(peer_error)? {
            Some(_) => Ok(()),
            None => Err(BenchError::Partial("a missing profile")),
        }
    }
}

struct EtcdPut(EtcdSession);

impl Session for EtcdPut {
    type Operation = String;

    async fn call(&mut self, key: &String) -> Result<(), BenchError> {
        let value = [b'v'; ETCD_VALUE_BYTES];
        self.0.put(key.as_bytes(), &value).await.map_err(peer_error)
    }
}

fn plan(options: &Options) -> Plan {
    Plan {
        pace: Pace::Full,
        warm_up: options.warm_up,
        time: options.time,
        wave: 0,
    }
}

/// PostgreSQL with the population in it.
pub(crate) async fn postgres(dir: &Path, options: &Options) -> Peer<Postgres> {
    let postgres = Postgres::start(dir).await.map_err(peer_reason)?;
    let all = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let (profiles, talkers) = (options.profiles, options.talkers);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..LOAD_CONNECTIONS {
        let session = postgres.session().await.map_err(peer_reason)?;
        let next = Arc::clone(&all);
        tasks.spawn(async move {
            let mut waiting: Vec<PeerMessage> = Vec::new();
            loop {
                let place = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let is_over = place >= profiles + talkers;
                if !is_over {
                    let messages = match place.checked_sub(profiles) {
                        None => Customer { number: place }.messages(1),
                        Some(number) => Talker { number }.messages(),
                    };
                    waiting.extend(peer_messages(&messages));
                }
                if waiting.len() >= LOAD_BATCH || (is_over && !waiting.is_empty()) {
                    session
                        .resolve_and_merge(&waiting)
                        .await
                        .map_err(peer_reason)?;
                    waiting.clear();
                }
                if is_over {
                    return Ok::<(), String>(());
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(|error| error.to_string())??;
    }
    postgres.settle().await.map_err(peer_reason)?;
    Ok(postgres)
}

/// Redis with the answers of the population in it.
pub(crate) async fn redis(dir: &Path, options: &Options, answer_bytes: usize) -> Peer<Redis> {
    let redis = Redis::start(dir).await.map_err(peer_reason)?;
    let mut session = redis.session().await.map_err(peer_reason)?;
    let value = vec![b'x'; answer_bytes];
    for number in 0..options.profiles {
        let user = Customer { number }.user();
        session
            .set(user.as_bytes(), &value)
            .await
            .map_err(peer_reason)?;
    }
    Ok(redis)
}

/// Messages into PostgreSQL.
pub(crate) fn postgres_writes<'a>(
    postgres: &'a Peer<Postgres>,
    options: &'a Options,
    write: Write,
    kind: Kind,
    batch: usize,
    connections: usize,
) -> Contender<'a> {
    let name = match write {
        Write::Insert => POSTGRES_INSERT,
        Write::Merge => POSTGRES_MERGE,
    };
    let postgres = match postgres {
        Ok(postgres) => postgres,
        Err(reason) => return Contender::missing(name, reason.clone()),
    };
    Contender::new(name, move |run| async move {
        write_once(postgres, options, write, kind, batch, connections, run).await
    })
}

/// One measurement of [`postgres_writes`].
pub(crate) async fn write_once(
    postgres: &Postgres,
    options: &Options,
    write: Write,
    kind: Kind,
    batch: usize,
    connections: usize,
    run: u64,
) -> Result<Sample, String> {
    let mut all = Vec::new();
    for connection in 0..connections {
        let session = postgres.session().await.map_err(peer_reason)?;
        let mut ingest = Ingest::new(kind, 1, run, connection);
        let work = move || Work {
            operation: peer_messages(&ingest.batch(batch)),
            items: batch as u64,
        };
        all.push((PostgresWrite { session, write }, work));
    }
    let measured = drive(all, &plan(options)).await.map_err(reason)?;
    Ok(Sample::from(measured))
}

/// Random customers, the first `customers`, as logins.
fn logins(customers: usize, run: u64, connection: usize) -> impl FnMut() -> Work<String> + Send {
    let mut dice = ChaCha8Rng::seed_from_u64(run ^ (connection as u64) << 40);
    move || {
        let number = dice.random_range(0..customers.max(1));
        Work::one(Customer { number }.user())
    }
}

/// Lookups in PostgreSQL.
pub(crate) fn postgres_lookups<'a>(
    postgres: &'a Peer<Postgres>,
    options: &'a Options,
    customers: usize,
    connections: usize,
) -> Contender<'a> {
    let postgres = match postgres {
        Ok(postgres) => postgres,
        Err(reason) => return Contender::missing(POSTGRES_LOOKUP, reason.clone()),
    };
    Contender::new(POSTGRES_LOOKUP, move |run| async move {
        let mut all = Vec::new();
        for connection in 0..connections {
            let session = postgres.session().await.map_err(peer_reason)?;
            all.push((PostgresLookup(session), logins(customers, run, connection)));
        }
        let measured = drive(all, &plan(options)).await.map_err(reason)?;
        Ok(Sample::from(measured))
    })
}

/// Lookups in Redis.
pub(crate) fn redis_lookups<'a>(
    redis: &'a Peer<Redis>,
    options: &'a Options,
    customers: usize,
    connections: usize,
) -> Contender<'a> {
    let redis = match redis {
        Ok(redis) => redis,
        Err(reason) => return Contender::missing(REDIS_GET, reason.clone()),
    };
    Contender::new(REDIS_GET, move |run| async move {
        let mut all = Vec::new();
        for connection in 0..connections {
            let session = redis.session().await.map_err(peer_reason)?;
            all.push((RedisGet(session), logins(customers, run, connection)));
        }
        let measured = drive(all, &plan(options)).await.map_err(reason)?;
        Ok(Sample::from(measured))
    })
}

/// Puts of new keys into etcd, to its members in turn.
pub(crate) fn etcd_puts<'a>(
    etcd: &'a Peer<Etcd>,
    options: &'a Options,
    connections: usize,
) -> Contender<'a> {
    let etcd = match etcd {
        Ok(etcd) => etcd,
        Err(reason) => return Contender::missing(ETCD_PUT, reason.clone()),
    };
    Contender::new(ETCD_PUT, move |run| async move {
        let mut all = Vec::new();
        for connection in 0..connections {
            let session = etcd.session().await.map_err(peer_reason)?;
            let mut count = 0_u64;
            let work = move || {
                count += 1;
                Work::one(format!("{run}-{connection}-{count}"))
            };
            all.push((EtcdPut(session), work));
        }
        let measured = drive(all, &plan(options)).await.map_err(reason)?;
        Ok(Sample::from(measured))
    })
}
