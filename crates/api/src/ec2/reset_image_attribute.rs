//! ResetImageAttribute: takes back every launch permission.

use crate::ec2::describe_image_attribute::unknown;
use crate::run::Run;
use crate::{App, translate};
use base::Result;
use identity::Call;
use protocol::{Unit, ec2};

impl Run for ec2::ResetImageAttribute {
    async fn run(app: &App, call: &Call, input: ec2::ResetImageAttributeRequest) -> Result<Unit> {
        let id = translate::id(input.image_id, "ImageId")?;
        match translate::required(input.attribute, "Attribute")?.as_str() {
            "launchPermission" => images::reset_launch_permission(&app.images, call, &id).await?,
            other => return Err(unknown(other)),
        }
        Ok(Unit {})
    }
}
