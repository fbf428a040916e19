//! Runs the server on a listener somebody else opened.

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceExt;

use crate::AppState;

/// So long the head of a request may take to come, and a connection may be open without one.
const HEAD: Duration = Duration::from_secs(30);
/// So long nothing is accepted after a failure.
const BREATH: Duration = Duration::from_millis(100);

/// Answers requests until `shutdown` is done, then lets running ones finish. On `open` it answers only what
/// may be reached from anywhere.
pub async fn serve(
    state: AppState,
    listener: TcpListener,
    open: Option<TcpListener>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let doomed = state.doomed.clone();
    let work = tokio::spawn(doomed.clone().work(state.store.clone()));
    let (stop, stopped) = watch::channel(());
    let opened = open.map(|open| tokio::spawn(answer(crate::routes::open_router(state.clone()), open, ended(stopped))));
    answer(crate::routes::router(state), listener, async {
        shutdown.await;
        drop(stop);
    })
    .await;
    if let Some(opened) = opened
        && opened.await.is_err()
    {
        tracing::error!("the open address stopped answering");
    }
    // It ends before anybody closes the archive, and not in the middle of a statement.
    doomed.stop();
    if work.await.is_err() {
        tracing::error!("the work on deletions broke off");
    }
}

/// Accepts connections until `shutdown` is done, and waits for those that are answering. A client that does not
/// finish the head of a request, or sends none, is left after a while: a thousand such would use up all there may be.
async fn answer(router: Router, listener: TcpListener, shutdown: impl Future<Output = ()> + Send) {
    let connections = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Of one connection, or of all while too many are open.
                    tracing::debug!(error = &error as &dyn std::error::Error, "a connection was not accepted");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            },
            () = &mut shutdown => break,
        };
        // Events and windows of messages are small and wanted at once.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request)
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD);
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = &error as &dyn std::error::Error, "a connection broke off");
            }
        });
    }
    drop(listener);
    connections.shutdown().await;
}

async fn ended(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}
