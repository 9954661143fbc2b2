//! GetConsoleOutput. The answer is the live console, whether `Latest` asks for it or not.

use crate::{App, run::Run, translate};
use base::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::Call;
use protocol::ec2;

impl Run for ec2::GetConsoleOutput {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::GetConsoleOutputRequest,
    ) -> Result<ec2::GetConsoleOutputResult> {
        let id = translate::required(translate::present(input.instance_id), "InstanceId")?;
        let console = instances::console_output(&app.instances, call, &id).await?;
        Ok(ec2::GetConsoleOutputResult {
            instance_id: Some(console.instance.id.to_string()),
            output: Some(STANDARD.encode(console.output)),
            timestamp: Some(translate::time(console.at)),
        })
    }
}
