//! DeleteTags: a key whatever its value, a key with its value, or all of the caller's tags.

use crate::ec2::create_tags::{self, kinds};
use crate::run::Run;
use crate::{App, translate};
use base::Result;
use identity::{Action, Call};
use protocol::{Unit, ec2};

impl Run for ec2::DeleteTags {
    async fn run(app: &App, call: &Call, input: ec2::DeleteTagsRequest) -> Result<Unit> {
        let keys: Result<Vec<(String, Option<String>)>> = input
            .tags
            .into_iter()
            .map(|tag| Ok((translate::required(tag.key, "Tag.Key")?, tag.value)))
            .collect();
        let keys = keys?;
        let mut tx = app.db.begin().await?;
        let kinds = kinds(&mut tx, call, &input.resources).await?;
        let action = Action("ec2:DeleteTags");
        let permit = create_tags::authorize(&mut tx, call, action, &kinds).await?;
        for (resource, _) in kinds {
            identity::delete_tags(&mut tx, &permit, &resource, &keys).await?;
        }
        tx.commit().await?;
        Ok(Unit {})
    }
}
