//! Reading a request's body within its bound, whatever its encoding.
//!
//! - The bound holds after gunzip: unpacking stops one byte past it, so a zip bomb
//!   costs no more than the largest body that is allowed.
//! - A body that is too large is read on for a while and thrown away, so that a client
//!   that is still sending sees the answer and not a broken connection.
//! - A body that does not arrive in time is given up.

use std::io::Read;
use std::time::Duration;

use acquaint_api::ErrorCode;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// Bytes of an oversize body that are read and thrown away before it is answered.
const DISCARD_BYTES_MAX: usize = 8 << 20;

/// What gzip adds to bytes that it cannot pack: its frame, and a little for each block, well below a share of this.
const PACKING_BYTES: usize = 64;
/// See [`PACKING_BYTES`].
const PACKING_SHARE: usize = 1_024;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Identity,
    Gzip,
}

impl Encoding {
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Failure> {
        let Some(value) = headers.get(header::CONTENT_ENCODING) else {
            return Ok(Self::Identity);
        };
        match value
            .to_str()
            .map(|text| text.trim().to_ascii_lowercase())
            .as_deref()
        {
            Ok("" | "identity") => Ok(Self::Identity),
            Ok("gzip" | "x-gzip") => Ok(Self::Gzip),
            _ => Err(Failure::new(
                ErrorCode::InvalidEncoding,
                "the content encoding is not known; send the body as it is or with gzip",
            )),
        }
    }
}

/// Reads and unpacks a body of at most `bytes_max` bytes.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
    time_max: Duration,
) -> Result<Bytes, Failure> {
    let encoding = Encoding::of(headers)?;
    let received_max = match encoding {
        Encoding::Identity => bytes_max,
        Encoding::Gzip => bytes_max + bytes_max / PACKING_SHARE + PACKING_BYTES,
    };
    let received = tokio::time::timeout(time_max, receive(body, received_max))
        .await
        .map_err(|_| Failure::new(ErrorCode::Timeout, "the body did not arrive in time"))??
        .ok_or_else(|| too_large(bytes_max))?;
    match encoding {
        Encoding::Identity => Ok(received),
        Encoding::Gzip => gunzip(&received, bytes_max),
    }
}

/// Reads a body; none if it is too large.
async fn receive(mut body: Body, bytes_max: usize) -> Result<Option<Bytes>, Failure> {
    let mut received = BytesMut::new();
    let mut discarded = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            Failure::new(
                ErrorCode::InvalidRequest,
                "the body broke off before its end",
            )
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if discarded == 0 && received.len() + data.len() <= bytes_max {
            received.extend_from_slice(&data);
            continue;
        }
        discarded += data.len();
        if discarded > DISCARD_BYTES_MAX {
            break;
        }
    }
    Ok((discarded == 0).then(|| received.freeze()))
}

fn gunzip(packed: &[u8], bytes_max: usize) -> Result<Bytes, Failure> {
    let mut unpacked = Vec::new();
    let bound = u64::try_from(bytes_max)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    MultiGzDecoder::new(packed)
        .take(bound)
        .read_to_end(&mut unpacked)
        .map_err(|_| {
            Failure::new(
                ErrorCode::InvalidEncoding,
                "the body is not valid gzip, or was cut off",
            )
        })?;
    if unpacked.len() > bytes_max {
        return Err(too_large(bytes_max));
    }
    Ok(unpacked.into())
}

fn too_large(bytes_max: usize) -> Failure {
    Failure::new(
        ErrorCode::TooLarge,
        format!("the body is over {bytes_max} bytes (after gunzip)"),
    )
}

/// Reads JSON.
pub(crate) fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(|error| {
        if error.is_data() {
            return Failure::new(
                ErrorCode::InvalidRequest,
                format!("the body does not fit: {error}"),
            );
        }
        Failure::new(
            ErrorCode::InvalidJson,
            format!("the body is not valid JSON: {error}"),
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    async fn code(encoding: &'static str, body: Vec<u8>) -> Result<Bytes, ErrorCode> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, encoding.parse().unwrap());
        let read = read(&headers, Body::from(body), 1_000, Duration::from_secs(5)).await;
        read.map_err(|failure| failure.code)
    }

    #[tokio::test]
    async fn the_bound_is_exact() {
        assert_eq!(code("", vec![b'x'; 1_000]).await.unwrap().len(), 1_000);
        assert_eq!(code("", vec![b'x'; 1_001]).await, Err(ErrorCode::TooLarge));
        assert_eq!(
            code("gzip", gzip(&[b'x'; 1_000])).await.unwrap().len(),
            1_000
        );
        assert_eq!(
            code("GZIP", gzip(&[b'x'; 1_001])).await,
            Err(ErrorCode::TooLarge)
        );
    }

    #[tokio::test]
    async fn what_gzip_adds_does_not_count() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
        encoder.write_all(&[b'x'; 1_000]).unwrap();
        let packed = encoder.finish().unwrap();
        assert!(packed.len() > 1_000, "{}", packed.len());
        assert_eq!(code("gzip", packed).await.unwrap().len(), 1_000);
    }

    #[tokio::test]
    async fn a_zip_bomb_stops_at_the_bound() {
        let bomb = gzip(&vec![0; 900_000]);
        assert!(bomb.len() < 1_000, "{}", bomb.len());
        assert_eq!(code("gzip", bomb).await, Err(ErrorCode::TooLarge));
    }

    #[tokio::test]
    async fn broken_encodings() {
        let mut cut = gzip(b"{\"userId\":\"u\"}");
        cut.truncate(cut.len() - 5);
        assert_eq!(code("gzip", cut).await, Err(ErrorCode::InvalidEncoding));
        assert_eq!(
            code("gzip", b"{}".to_vec()).await,
            Err(ErrorCode::InvalidEncoding)
        );
        assert_eq!(
            code("br", b"{}".to_vec()).await,
            Err(ErrorCode::InvalidEncoding)
        );
    }
}
