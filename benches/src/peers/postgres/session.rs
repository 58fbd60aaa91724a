//! A connection to the PostgreSQL peer and its three prepared statements.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_postgres::Statement;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use super::batch::{Columns, People, name};
use super::{Connection, said};
use crate::peers::{PeerError, PeerMessage};

/// Sessions that were opened.
static PLANNED: AtomicU64 = AtomicU64::new(0);

type Parameter<'a> = &'a (dyn ToSql + Sync);

/// Attempts of one batch; every retry means that another client's batch was committed.
const ATTEMPTS_MAX: u64 = 100;

const LOOKUP: &str = "\
    SELECT p.data::text, ARRAY(SELECT identifier FROM identifiers WHERE profile_id = p.profile_id) \
    FROM identifiers i JOIN profiles p ON p.profile_id = i.profile_id WHERE i.identifier = $1";
const INSERT_ONLY: &str = "\
    INSERT INTO interactions \
    SELECT id, hashtextextended(first, 0), to_timestamp(time / 1000.0), channel, kind, event, \
        body::jsonb \
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], \
        $7::text[]) m (first, id, time, channel, kind, event, body) \
    ORDER BY id ON CONFLICT DO NOTHING";
const RESOLVE_AND_MERGE: &str = "SELECT resolve_and_merge($1, $2, $3, $4, $5, $6, $7, $8, $9)";
/// A profile as PostgreSQL has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerProfile {
    /// The JSONB document as text.
    pub data: String,
    /// `namespace:value` each, in no order.
    pub identifiers: Vec<String>,
}

/// The result of one batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Messages that were new.
    pub new: u64,
    /// Retries of the batch.
    pub retries: u64,
}

/// One connection, one statement at a time.
#[derive(Debug)]
pub struct PostgresSession {
    connection: Connection,
    lookup: Statement,
    insert_only: Statement,
    resolve_and_merge: Statement,
}

impl PostgresSession {
    pub(super) async fn connect(address: SocketAddr) -> Result<Self, PeerError> {
        let connection = Connection::open(address).await?;
        let client = &connection.client;
        let lookup = client.prepare(LOOKUP).await;
        let insert_only = client.prepare(INSERT_ONLY).await;
        let texts = || Type::TEXT_ARRAY;
        let types = [
            Type::INT4_ARRAY,
            texts(),
            Type::INT4_ARRAY,
            texts(),
            Type::INT8_ARRAY,
            texts(),
            texts(),
            texts(),
            texts(),
        ];
        let resolve_and_merge = client.prepare_typed(RESOLVE_AND_MERGE, &types).await;
        let session = Self {
            lookup: lookup.map_err(said("prepare"))?,
            insert_only: insert_only.map_err(said("prepare"))?,
            resolve_and_merge: resolve_and_merge.map_err(said("prepare"))?,
            connection,
        };
        session.plan().await?;
        Ok(session)
    }

    /// Runs every statement once and undoes it. A connection plans its statements at first use,
    /// which takes milliseconds that no measurement should contain.
    async fn plan(&self) -> Result<(), PeerError> {
        // Names of its own, so that sessions do not wait for each other here.
        let number = PLANNED.fetch_add(1, Ordering::Relaxed);
        let message = |id: &str, names: &[&str]| PeerMessage {
            message_id: format!("plan-{number}-{id}"),
            identifiers: names
                .iter()
                .map(|name| ("plan".to_owned(), format!("{number}-{name}")))
                .collect(),
            ..PeerMessage::default()
        };
        let client = &self.connection.client;
        client.batch_execute("BEGIN").await.map_err(said("plan"))?;
        let two = [message("1", &["a"]), message("2", &["b"])];
        self.resolve_and_merge(&two).await?;
        let joined = message("3", &["a", "b"]);
        self.resolve_and_merge(&[joined]).await?;
        self.insert_only(&[message("4", &["a"])]).await?;
        self.lookup("plan", "a").await?;
        client.batch_execute("ROLLBACK").await.map_err(said("plan"))
    }

    /// The profile that has an identifier, if there is one.
    ///
    /// # Errors
    /// The server refuses, or the connection broke.
    pub async fn lookup(
        &self,
        namespace: &str,
        value: &str,
    ) -> Result<Option<PeerProfile>, PeerError> {
        let failed = said("look up");
        let name = name(namespace, value);
        let client = &self.connection.client;
        let row = client.query_opt(&self.lookup, &[&name]).await;
        let Some(row) = row.map_err(&failed)? else {
            return Ok(None);
        };
        Ok(Some(PeerProfile {
            data: row.try_get(0).map_err(&failed)?,
            identifiers: row.try_get(1).map_err(&failed)?,
        }))
    }

    /// Stores interactions, without any thought about whose they are.
    ///
    /// # Errors
    /// The server refuses, or the connection broke.
    pub async fn insert_only(&self, batch: &[PeerMessage]) -> Result<Written, PeerError> {
        let columns = Columns::of(batch);
        let first = |message: &PeerMessage| match message.identifiers.first() {
            Some((namespace, value)) => name(namespace, value),
            None => String::new(),
        };
        let first: Vec<String> = batch.iter().map(first).collect();
        let parameters: [Parameter<'_>; 7] = [
            &first,
            &columns.message_ids,
            &columns.times,
            &columns.channels,
            &columns.kinds,
            &columns.events,
            &columns.bodies,
        ];
        let client = &self.connection.client;
        let inserted = client.execute(&self.insert_only, &parameters).await;
        let new = inserted.map_err(said("insert"))?;
        Ok(Written { new, retries: 0 })
    }

    /// Stores interactions in the profiles that they belong to.
    ///
    /// # Errors
    /// The server refuses, the connection broke, or the batch was overtaken too often.
    pub async fn resolve_and_merge(&self, batch: &[PeerMessage]) -> Result<Written, PeerError> {
        let columns = Columns::of(batch);
        let people = People::of(batch);
        let parameters: [Parameter<'_>; 9] = [
            &people.groups,
            &people.names,
            &people.message_groups,
            &columns.message_ids,
            &columns.times,
            &columns.channels,
            &columns.kinds,
            &columns.events,
            &columns.bodies,
        ];
        let client = &self.connection.client;
        let mut retries = 0;
        loop {
            let row = client.query_one(&self.resolve_and_merge, &parameters).await;
            match row.and_then(|row| row.try_get::<_, i32>(0)) {
                Ok(new) => {
                    let new = u64::try_from(new).unwrap_or_default();
                    return Ok(Written { new, retries });
                }
                Err(error) if was_overtaken(&error) && retries + 1 < ATTEMPTS_MAX => retries += 1,
                Err(error) => return Err(said("resolve and merge")(error)),
            }
        }
    }
}

/// Another transaction changed what this one had read: it was undone and can be sent again.
fn was_overtaken(error: &tokio_postgres::Error) -> bool {
    let code = error.code();
    code == Some(&SqlState::T_R_SERIALIZATION_FAILURE)
        || code == Some(&SqlState::T_R_DEADLOCK_DETECTED)
}
