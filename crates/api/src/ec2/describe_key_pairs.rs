//! DescribeKeyPairs: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use instances::DescribedKeyPair;
use protocol::ec2;

impl Run for ec2::DescribeKeyPairs {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeKeyPairsRequest,
    ) -> Result<ec2::DescribeKeyPairsResult> {
        let with_public_key = input.include_public_key.unwrap_or(false);
        let which = (&*input.key_names, &*input.key_pair_ids);
        let filters = translate::filters(input.filters);
        let found = instances::describe_key_pairs(&app.instances, call, which, &filters).await?;
        let key = |found: DescribedKeyPair| ec2::KeyPairInfo {
            key_pair_id: Some(found.key.id.to_string()),
            key_name: Some(found.key.name),
            key_fingerprint: Some(found.key.fingerprint),
            key_type: Some(found.key.kind.as_str().into()),
            create_time: Some(translate::time(found.key.created)),
            public_key: Some(found.key.public_key).filter(|_| with_public_key),
            tags: translate::tags(&found.tags),
        };
        Ok(ec2::DescribeKeyPairsResult {
            key_pairs: found.into_iter().map(key).collect(),
        })
    }
}
