//! Runs the server on a listener somebody else opened.

use std::future::Future;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::AppState;

/// Answers requests until `shutdown` is done, then lets running ones finish.
pub async fn serve(
    state: AppState,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (doomed, intake) = (state.doomed.clone(), state.intake.clone());
    let work = tokio::spawn(doomed.clone().work(state.store.clone()));
    let service = crate::routes::router(state).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(shutdown).await;
    // A client that went away leaves what it sent to be stored.
    intake.receiver().idle().await;
    // It ends before anybody closes the archive, and not in the middle of a statement.
    doomed.stop();
    if work.await.is_err() {
        tracing::error!("the work on deletions broke off");
    }
    served
}
