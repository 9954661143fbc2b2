//! GetConsoleOutput and GetConsoleScreenshot.

use crate::Instances;
use crate::instance::{Instance, State};
use crate::look::look;
use base::{Error, Reason, Result, Subject, Timestamp};
use identity::{Action, Call, authorize};
use std::time::Duration;

/// What stays readable of a console.
const MOST: u64 = 64 * 1024;

/// The console of an instance: its last 64 KiB, as they are now.
#[derive(Clone, Debug)]
pub struct Console {
    /// The instance.
    pub instance: Instance,
    /// What it printed.
    pub output: Vec<u8>,
    /// When that was.
    pub at: Timestamp,
}

/// GetConsoleOutput. The answer is always the latest, whether that was asked for or not.
pub async fn console_output(instances: &Instances, call: &Call, id: &str) -> Result<Console> {
    let mut tx = instances.db().read().await?;
    let instance = look(&mut tx, call, id).await?;
    authorize(&mut tx, call, Action("ec2:GetConsoleOutput"), &[&instance]).await?;
    drop(tx);
    let path = instances.paths(&instance.id).console;
    let reading = tokio::task::spawn_blocking(move || machine::console::tail(&path, MOST));
    let output = reading
        .await
        .map_err(Error::internal)?
        .map_err(Error::internal)?;
    Ok(Console {
        instance,
        output,
        at: instances.clock().now(),
    })
}

/// Whether a screen that went dark is woken first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// A key is pressed that does nothing.
    Yes,
    /// It is taken as it is.
    No,
}

/// GetConsoleScreenshot: a JPEG of at most 100 kB.
pub async fn console_screenshot(
    instances: &Instances,
    call: &Call,
    id: &str,
    wake: Wake,
) -> Result<(Instance, Vec<u8>)> {
    let mut tx = instances.db().read().await?;
    let instance = look(&mut tx, call, id).await?;
    authorize(
        &mut tx,
        call,
        Action("ec2:GetConsoleScreenshot"),
        &[&instance],
    )
    .await?;
    drop(tx);
    let handle = instances
        .handle(&instance.id)
        .filter(|handle| handle.exit().is_none());
    let (State::Running, Some(handle)) = (instance.state, handle) else {
        let message = format!(
            "The instance '{}' is not in the 'running' state.",
            instance.id
        );
        return Err(Error::new(Reason::WrongState, Subject::Instance, message));
    };
    if wake == Wake::Yes {
        handle.wake().await.map_err(Error::internal)?;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let picture = handle.screenshot().await.map_err(Error::internal)?;
    Ok((instance, picture))
}
