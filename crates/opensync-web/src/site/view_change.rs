//! Saves a list as a view, gives a view another name, deletes one.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use opensync_store::{BadName, Saved, Store, ViewName};

use super::fields::Fields;
use super::{Failure, rendered};
use crate::AppState;
use crate::page::session_list::{list_href, list_query};
use crate::page::shell::Nav;
use crate::page::view_list::ViewListPage;
use crate::page::view_menu::SaveForm;
use crate::viewer::Viewer;

/// The longest query that is kept, in bytes.
const LONGEST_QUERY: usize = 4000;

/// Saves the list `query` as `name`, in place of another one when `replace` is given; then leads to
/// the list, or with `back` to the views. What could not be used comes back as it was typed.
pub async fn save(State(state): State<AppState>, viewer: Viewer, uri: Uri, form: String) -> Result<Response, Failure> {
    let form = Fields::new(&form);
    let query = list_query(form.value("query")).first_page();
    let kept = query.to_query();
    let outcome = match ViewName::parse(form.value("name")) {
        Err(bad) => Err(complaint(bad)),
        Ok(_) if kept.len() > LONGEST_QUERY => Err("These filters are too long to be kept.".to_owned()),
        Ok(name) => {
            let saved = state.store.save_view(&state.viewer, &name, &kept, !form.value("replace").is_empty());
            Ok(saved.await.map_err(Failure::internal(&viewer, &uri))?)
        }
    };
    let (complaint, replace) = match outcome {
        Ok(Saved::New | Saved::Replaced) => {
            let to = if form.value("back").is_empty() { list_href(&query) } else { "/views".to_owned() };
            return Ok(Redirect::to(&to).into_response());
        }
        Ok(Saved::Taken | Saved::Missing) => {
            ("There is a view of this name already. Replace it, or choose another name.".to_owned(), true)
        }
        Ok(Saved::Full) => {
            (format!("There are {} views, the most there can be. Delete one first.", Store::MOST_VIEWS), false)
        }
        Err(complaint) => (complaint, false),
    };
    let in_list = viewer.target.is_some();
    let name = form.value("name").to_owned();
    let save = SaveForm { name, query: kept, complaint: Some(complaint), in_list, replace };
    if in_list {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, rendered(save.as_part().render())).into_response());
    }
    let page = page(&state, viewer, &uri).await?.with_save(save);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, rendered(page.render())).into_response())
}

/// Gives the view `view` the name `name`.
pub async fn rename(
    State(state): State<AppState>,
    viewer: Viewer,
    uri: Uri,
    form: String,
) -> Result<Response, Failure> {
    let form = Fields::new(&form);
    let (view, typed) = (form.value("view"), form.value("name"));
    let Ok(old) = ViewName::parse(view) else { return Ok(Redirect::to("/views").into_response()) };
    let complaint = match ViewName::parse(typed) {
        Err(bad) => complaint(bad),
        Ok(new) => {
            let outcome = state.store.rename_view(&state.viewer, &old, &new).await;
            match outcome.map_err(Failure::internal(&viewer, &uri))? {
                Saved::Taken => "Another view has this name.".to_owned(),
                // Also when it is gone: the page shows what there is.
                _ => return Ok(Redirect::to("/views").into_response()),
            }
        }
    };
    let page = page(&state, viewer, &uri).await?.with_rename(old.as_str(), typed, complaint);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, rendered(page.render())).into_response())
}

/// Deletes the view `view`; the page it leads to can bring it back.
pub async fn delete(
    State(state): State<AppState>,
    viewer: Viewer,
    uri: Uri,
    form: String,
) -> Result<Response, Failure> {
    let form = Fields::new(&form);
    let deleted = match ViewName::parse(form.value("view")) {
        Ok(name) => state.store.delete_view(&state.viewer, &name).await.map_err(Failure::internal(&viewer, &uri))?,
        Err(_) => None,
    };
    let Some(view) = deleted else { return Ok(Redirect::to("/views").into_response()) };
    let mut address = form_urlencoded::Serializer::new("/views?".to_owned());
    address.append_pair("deleted", view.name.as_str()).append_pair("query", &view.query);
    Ok(Redirect::to(&address.finish()).into_response())
}

async fn page(state: &AppState, mut viewer: Viewer, uri: &Uri) -> Result<ViewListPage, Failure> {
    let views = state.store.saved_views(&state.viewer).await.map_err(Failure::internal(&viewer, uri))?;
    viewer.shell.page = Nav::Elsewhere;
    Ok(ViewListPage::new(viewer.shell, &views))
}

fn complaint(bad: BadName) -> String {
    match bad {
        BadName::Empty => "Give the view a name.".to_owned(),
        BadName::Long => format!("A name has at most {} characters.", ViewName::LONGEST),
    }
}
