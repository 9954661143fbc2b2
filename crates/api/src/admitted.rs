//! Operations that are about no resource and write nothing: the edge itself asks whether the
//! caller may. All others ask where they run, because only they know what they are about.

use crate::App;
use base::Result;
use identity::{Action, Call, admit};
use protocol::Service;

/// The actions of these operations, by their names.
#[rustfmt::skip]
const ADMITTED: &[(Service, &str, Action)] = &[
    (Service::Ec2, "DescribeAccountAttributes", Action("ec2:DescribeAccountAttributes")),
    (Service::Ec2, "DescribeAvailabilityZones", Action("ec2:DescribeAvailabilityZones")),
    (Service::Ec2, "DescribeImages", Action("ec2:DescribeImages")),
    (Service::Ec2, "DescribeRegions", Action("ec2:DescribeRegions")),
    (Service::Ec2, "DescribeTags", Action("ec2:DescribeTags")),
];

/// Asks, if this operation is one of them. A rehearsal of it ends here.
pub(crate) async fn ask(app: &App, call: &Call, what: (Service, &str)) -> Result<()> {
    let found = ADMITTED
        .iter()
        .find(|(service, name, _)| (*service, *name) == what);
    let Some((_, _, action)) = found else {
        return Ok(());
    };
    let mut tx = app.db.read().await?;
    admit(&mut tx, call, *action).await.map(drop)
}
