//! How servers become a cluster: by the command line, as operators do it.

use crate::Server;

/// Starts servers that have addresses for each other, and makes them one cluster. Returns when all take requests.
pub async fn form(servers: &mut [&mut Server]) -> Result<(), String> {
    for server in servers.iter_mut() {
        server.spawn();
    }
    for server in servers.iter_mut() {
        server.answers_at("/health/live").await?;
    }
    let Some((first, others)) = servers.split_first_mut() else {
        return Ok(());
    };
    operate(first, &["cluster", "init"])?;
    let member = first.url("");
    for server in others {
        operate(server, &["cluster", "join", "--member", &member])?;
        server.answers_at("/health/ready").await?;
    }
    Ok(())
}

/// Runs the command line against a server; what it said is an error unless it succeeds.
pub fn operate(server: &Server, arguments: &[&str]) -> Result<(), String> {
    let output = server.command().args(arguments).output();
    let output = output.map_err(|error| format!("{arguments:?} cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let [said, complained] =
        [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    Err(format!(
        "{arguments:?}: {said}{complained}\n{}",
        server.log()
    ))
}
