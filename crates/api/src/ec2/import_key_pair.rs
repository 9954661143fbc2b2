//! ImportKeyPair: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::ImportKeyPair {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::ImportKeyPairRequest,
    ) -> Result<ec2::ImportKeyPairResult> {
        let name = translate::required(input.key_name, "KeyName")?;
        let material = translate::required(input.public_key_material, "PublicKeyMaterial")?;
        let mut tags = translate::tag_sets(&input.tag_specifications, &["key-pair"])?;
        let tags = tags.remove("key-pair").unwrap_or_default();
        let key =
            instances::import_key_pair(&app.instances, call, (&name, &material, &tags)).await?;
        Ok(ec2::ImportKeyPairResult {
            key_pair_id: Some(key.id.to_string()),
            key_name: Some(key.name),
            key_fingerprint: Some(key.fingerprint),
            tags: translate::tags(&tags),
        })
    }
}
