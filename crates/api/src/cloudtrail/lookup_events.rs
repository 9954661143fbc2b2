//! LookupEvents: the audit trail's management events of the caller's account in the Region, newest
//! first, of the last 90 days.

use crate::App;
use crate::run::Run;
use audit::{Attribute, Found, Search};
use base::{Error, Reason, Result, Subject, Timestamp};
use identity::{Action, Call};
use protocol::cloudtrail;
use std::time::Duration;
use store::Page;

const MOST: usize = 50;
const DAYS_90: Duration = Duration::from_secs(90 * 86_400);

impl Run for cloudtrail::LookupEvents {
    async fn run(
        app: &App,
        call: &Call,
        input: cloudtrail::LookupEventsRequest,
    ) -> Result<cloudtrail::LookupEventsResponse> {
        let list = list(call, &input);
        let limit = input.max_results.or(Some(50));
        let page = Page::read(&list, limit, input.next_token.as_deref(), MOST)?;
        let search = search(call, &input)?;
        // What was asked a moment ago is to be seen.
        app.audit.flush().await?;
        let mut tx = app.db.read().await?;
        identity::admit(&mut tx, call, Action("cloudtrail:LookupEvents")).await?;
        let (found, next_token) = audit::lookup(&mut tx, search, (&list, &page)).await?;
        Ok(cloudtrail::LookupEventsResponse {
            events: found.into_iter().map(shown).collect(),
            next_token,
        })
    }
}

/// A token continues this search alone.
fn list(call: &Call, input: &cloudtrail::LookupEventsRequest) -> String {
    let by = input.lookup_attributes.first().map(|by| {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        format!("{}={}", text(&by.attribute_key), text(&by.attribute_value))
    });
    format!(
        "events/{}/{}/{}/{:?}/{:?}",
        call.account(),
        call.region,
        by.unwrap_or_default(),
        input.start_time,
        input.end_time
    )
}

fn search(call: &Call, input: &cloudtrail::LookupEventsRequest) -> Result<Search> {
    let moment =
        |time: Option<protocol::Timestamp>| time.map(|time| Timestamp::from_millis(time.0));
    let window = i64::try_from(DAYS_90.as_millis()).unwrap_or(i64::MAX);
    let oldest = Timestamp::from_millis(call.now.millis().saturating_sub(window));
    let from = moment(input.start_time).unwrap_or(oldest).max(oldest);
    // Times on the wire are of whole seconds, and mean the whole of them.
    let whole = Duration::from_millis(999);
    let until = moment(input.end_time).map_or(call.now, |end| end.plus(whole));
    if moment(input.start_time).is_some_and(|start| start > until) {
        let message = "The start time is after the end time.";
        return Err(Error::new(Reason::Combination, Subject::Request, message));
    }
    Ok(Search {
        place: Some((call.account().clone(), call.region.clone())),
        from,
        until,
        attribute: attribute(&input.lookup_attributes)?,
        before: None,
    })
}

fn attribute(given: &[cloudtrail::LookupAttribute]) -> Result<Option<(Attribute, String)>> {
    let wrong = |message: String| Err(Error::new(Reason::Invalid, Subject::Filter, message));
    let by = match given {
        [] => return Ok(None),
        [one] => one,
        _ => return wrong("Only one lookup attribute can be given.".to_owned()),
    };
    let key = by.attribute_key.as_deref().unwrap_or_default();
    let Some(attribute) = Attribute::parse(key) else {
        return wrong(format!("There is no lookup attribute {key:?}."));
    };
    match by.attribute_value.as_deref() {
        Some(value) if (1..=2000).contains(&value.len()) => {
            let is_flag = matches!(value, "true" | "false");
            if attribute == Attribute::ReadOnly && !is_flag {
                return wrong("ReadOnly is true or false.".to_owned());
            }
            Ok(Some((attribute, value.to_owned())))
        }
        _ => wrong(format!(
            "The value of the lookup attribute {key} has 1 to 2000 characters."
        )),
    }
}

fn shown(found: Found) -> cloudtrail::Event {
    let resource = |touched: audit::Touched| cloudtrail::Resource {
        resource_type: Some(touched.kind),
        resource_name: Some(touched.name),
    };
    cloudtrail::Event {
        event_id: Some(found.id),
        event_name: Some(found.name),
        read_only: Some(found.read_only.to_string()),
        access_key_id: Some(found.access_key),
        event_time: Some(protocol::Timestamp(found.at.millis())),
        event_source: Some(found.source),
        username: Some(found.user_name),
        resources: found.touched.into_iter().map(resource).collect(),
        cloud_trail_event: Some(found.event),
    }
}
