//! `docs/performance.md`: each part's figures between two comments, written again by the run that measured them.

use crate::shell;
use anyhow::{Context, Result};

const PAGE: &str = "docs/performance.md";

/// Puts a part's figures in their place on the page; all that people wrote around them stays.
pub(super) fn keep(part: &str, figures: &str) -> Result<()> {
    let path = shell::root().join(PAGE);
    let page = std::fs::read_to_string(&path).with_context(|| format!("reading {PAGE}"))?;
    let page = with(&page, part, figures)
        .with_context(|| format!("{PAGE} has no place for the figures of {part}"))?;
    std::fs::write(&path, page).with_context(|| format!("writing {PAGE}"))
}

fn with(page: &str, part: &str, figures: &str) -> Option<String> {
    let (begin, end) = (
        format!("<!-- figures: {part} -->\n"),
        format!("<!-- end: {part} -->"),
    );
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    let figures = figures.trim();
    Some(format!("{before}{begin}\n{figures}\n\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_replaced_and_what_stands_around_them_stays() {
        let page = "# Page\n<!-- figures: a -->\nold\n<!-- end: a -->\nprose\n<!-- figures: b -->\n<!-- end: b -->\n";
        let page = with(page, "a", "new\n").unwrap();
        assert!(page.contains("<!-- figures: a -->\n\nnew\n\n<!-- end: a -->\nprose\n"));
        assert!(!page.contains("old"));
        assert!(with(&page, "c", "").is_none());
        assert_eq!(with(&page, "a", "new").unwrap(), page);
    }

    #[test]
    fn the_page_has_a_place_for_every_part() {
        let page = std::fs::read_to_string(shell::root().join(PAGE)).unwrap();
        for (part, _) in super::super::SUITES {
            assert!(with(&page, part, "").is_some(), "{part}");
        }
    }
}
