//! The identity of a plan as records and claims hold it, and the checksum of a claim.

use resow_manifest::digest::Sha256Digest;
use resow_manifest::plan::Plan;

/// A claim with the right identity of its plan, and then the right checksum.
pub fn claim(_before: &[u8], after: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(after).ok()?;
    let table: toml::Table = toml::from_str(text).unwrap_or_default();
    let plan = table.get("plan");
    let written = plan.and_then(|plan| plan.get("id")?.as_str());
    let content = plan.and_then(|plan| plan.get("content")?.clone().try_into().ok());
    let text = identified(text, written, content);
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.len() < 3 {
        return None;
    }
    lines.remove(2);
    let checksum = Sha256Digest::of(lines.concat().as_bytes());
    let line = format!("checksum = \"{checksum}\"\n");
    lines.insert(2, &line);
    Some(lines.concat().into_bytes())
}

/// A record with the right identity of its plan.
pub fn record(_before: &[u8], after: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(after).ok()?;
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let plan = value.get("plan")?;
    let content = serde_json::from_value(plan.get("content")?.clone()).ok();
    Some(identified(text, plan.get("id")?.as_str(), content).into_bytes())
}

fn identified(text: &str, written: Option<&str>, plan: Option<Plan>) -> String {
    match (written, plan) {
        (Some(written), Some(plan)) if !written.is_empty() => {
            text.replacen(written, &plan.id().to_string(), 1)
        }
        _ => text.to_owned(),
    }
}
