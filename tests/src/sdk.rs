//! The official tracking SDKs, unmodified, run by the scripts in `tests/sdk/`.
//!
//! - The scripts change the host and nothing else: no timeout, no retry setting.
//! - They are installed by `tests/sdk/install.sh`; where one is missing, its tests skip.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use crate::repository;

/// An installed SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sdk {
    /// `segment-analytics-python` 2.3.4: sends no Authorization header.
    PythonOld,
    /// The newest `segment-analytics-python`.
    PythonNewest,
    /// The newest `@segment/analytics-node`.
    NodeNewest,
}

/// What an SDK told the script that used it.
#[derive(Clone, Debug)]
pub struct SdkRun {
    /// Messages that it gave up on, with its words.
    pub errors: Vec<String>,
    /// Everything printed, for the failure message.
    pub output: String,
}

impl Sdk {
    /// Every SDK that the tests know.
    pub const ALL: [Self; 3] = [Self::PythonOld, Self::PythonNewest, Self::NodeNewest];

    /// The name of its folder in the cache.
    pub fn name(self) -> &'static str {
        match self {
            Self::PythonOld => "python-2.3.4",
            Self::PythonNewest => "python-newest",
            Self::NodeNewest => "node-newest",
        }
    }

    fn dir(self) -> PathBuf {
        let cache = std::env::var_os("ACQUAINT_SDK_DIR").map_or_else(
            || {
                let home = std::env::var_os("HOME").unwrap_or_default();
                PathBuf::from(home).join(".cache/acquaint/sdk")
            },
            PathBuf::from,
        );
        cache.join(self.name())
    }

    /// Whether `tests/sdk/install.sh` brought it here.
    pub fn is_installed(self) -> bool {
        match self {
            Self::NodeNewest => self
                .dir()
                .join("node_modules/@segment/analytics-node")
                .exists(),
            _ => self.dir().join("bin/python").exists(),
        }
    }

    /// Runs `scenario` of its script against `host`. `tag` makes the ids of this run.
    pub async fn run(self, host: &str, write_key: &str, scenario: &str, tag: &str) -> SdkRun {
        let scripts = repository().join("tests/sdk");
        let mut command = match self {
            Self::NodeNewest => {
                let mut command = Command::new("node");
                command.arg(scripts.join("client.cjs"));
                command.env("NODE_PATH", self.dir().join("node_modules"));
                command
            }
            _ => {
                let mut command = Command::new(self.dir().join("bin/python"));
                command.arg(scripts.join("client.py"));
                command
            }
        };
        command.args([host, write_key, scenario, tag]);
        let output = command
            .stdin(Stdio::null())
            .output()
            .await
            .expect("the SDK's script can be run");
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.success(),
            "{self:?} {scenario}:\n{stdout}\n{stderr}"
        );
        let report = stdout.lines().last().unwrap_or_default();
        let report: Value = serde_json::from_str(report).expect("the script ends with a report");
        let errors = report["errors"].as_array().cloned().unwrap_or_default();
        SdkRun {
            errors: errors.iter().map(ToString::to_string).collect(),
            output: format!("{stdout}\n{stderr}"),
        }
    }
}
