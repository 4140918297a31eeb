//! report
pub fn report(
    _: &crate::study::Study,
    _: &crate::estimate::Estimate,
    _: &crate::describe::Portrait,
) -> crate::Result<std::path::PathBuf> {
    Err(crate::Error::bug("stub"))
}
