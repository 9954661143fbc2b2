//! CreateKeyPair: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use instances::{KeyForm, KeyKind};
use protocol::ec2;

impl Run for ec2::CreateKeyPair {
    async fn run(app: &App, call: &Call, input: ec2::CreateKeyPairRequest) -> Result<ec2::KeyPair> {
        let kind = translate::present(input.key_type);
        let kind = kind.as_deref().map_or(Ok(KeyKind::Rsa), KeyKind::parse)?;
        let form = translate::present(input.key_format);
        let form = form.as_deref().map_or(Ok(KeyForm::Pem), KeyForm::parse)?;
        let name = translate::required(input.key_name, "KeyName")?;
        let mut tags = translate::tag_sets(&input.tag_specifications, &["key-pair"])?;
        let tags = tags.remove("key-pair").unwrap_or_default();
        let (key, private) =
            instances::create_key_pair(&app.instances, call, (&name, (kind, form), &tags)).await?;
        Ok(ec2::KeyPair {
            key_pair_id: Some(key.id.to_string()),
            key_name: Some(key.name),
            key_fingerprint: Some(key.fingerprint),
            key_material: Some(private.expose().to_owned()),
            tags: translate::tags(&tags),
        })
    }
}
