//! Runs the server on a listener somebody else opened.

use std::future::Future;

use tokio::net::TcpListener;

use crate::AppState;

/// Answers requests until `shutdown` is done, then lets running ones finish.
pub async fn serve(
    state: AppState,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let work = tokio::spawn(state.doomed.clone().work(state.store.clone()));
    let served = axum::serve(listener, crate::routes::router(state)).with_graceful_shutdown(shutdown).await;
    work.abort();
    served
}
