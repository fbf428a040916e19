//! Imports and serves the web interface.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use opensync_core::UserId;
use opensync_sync::{Importer, Options};
use opensync_web::AppState;
use tokio::net::TcpListener;

use crate::config::Config;
use crate::output;

/// How long running requests may take once the program is told to stop.
const GRACE: Duration = Duration::from_secs(3);

/// Serves until Ctrl-C or a termination signal.
pub async fn run(config: &Config, no_import: bool, no_open: bool) -> anyhow::Result<()> {
    let address = config.address()?;
    let prices = config.prices()?;
    let store = config.store().await?;
    let importer =
        Importer::new(store.clone(), UserId::local(), config.homes(), prices).on(config.machine()).following();
    let listener = bind(address, "--listen").await?;
    let open = match config.open_address()? {
        Some(address) => Some(bind(address, "--open-listen").await?),
        None => None,
    };
    let url = format!("http://{}", listener.local_addr()?);
    // Before the address is known to anybody, so that no signal is missed from then on.
    let signal = stop_signal()?;
    output::result(&format!("OpenSync is running at {url}"));
    let open_url = open.as_ref().map(|open| open.local_addr().map(|open| reached_at(open, config))).transpose()?;
    if let Some(url) = &open_url {
        output::remark(&format!("Plugins, pushes and public links of other machines reach it at {url}"));
    }
    if !no_open && has_desktop() {
        open_browser(&url);
    }
    let watched = (!no_import).then(|| {
        let importer = importer.clone();
        tokio::spawn(async move {
            import(importer.clone()).await;
            opensync_sync::watch(importer).await;
        })
    });
    let changes = importer.changes().clone();
    tokio::spawn(opensync_sync::announce_others(store.clone(), UserId::local(), changes.clone()));
    let state = AppState::new(store.clone(), importer, names(config, address), &config.archive())
        .with_summariser(config.summariser()?)
        .with_limits(config.limits())
        .reached_at(open_url);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = opensync_web::serve(state, listener, open, async {
        let _ = stopped.await;
    });
    tokio::pin!(server);
    tokio::select! {
        () = &mut server => {}
        () = signal => {
            drop(stop);
            // Streams of live events never end by themselves.
            changes.close();
            // Running requests finish, but one that never ends must not keep the program.
            let _ = tokio::time::timeout(GRACE, server).await;
        }
    }
    if let Some(watched) = watched {
        watched.abort();
    }
    store.close().await;
    Ok(())
}

async fn import(importer: Importer) {
    let run = tokio::spawn({
        let importer = importer.clone();
        async move { importer.run(&Options::default()).await }
    });
    if std::io::stderr().is_terminal() {
        while !importer.progress().running && !run.is_finished() {
            tokio::task::yield_now().await;
        }
        output::follow(&importer).await;
    }
    match run.await {
        Ok(Ok(summary)) => {
            let new: u64 = summary.sources.iter().map(|source| source.imported + source.updated).sum();
            if new > 0 {
                output::remark(&format!("{new} new or changed sessions imported."));
            }
        }
        Ok(Err(error)) => {
            let error = anyhow::Error::from(error)
                .context("The import stopped. What was written is safe; `opensync import` reads the rest");
            output::error(&error);
        }
        Err(_) => output::remark("The import failed. What was written is safe; `opensync import` reads the rest."),
    }
}

async fn bind(address: SocketAddr, flag: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!(
            "Nothing can listen on {address}. Is OpenSync running already? Open http://{address} or choose another \
             port with {flag} {}:0",
            address.ip()
        )
    })
}

/// How other machines name an address that may be any of this one.
fn reached_at(address: SocketAddr, config: &Config) -> String {
    match config.machine() {
        Some(name) if address.ip().is_unspecified() => format!("http://{name}:{}", address.port()),
        _ => format!("http://{address}"),
    }
}

/// Names the server answers to besides loopback addresses: the one it was told to listen on.
fn names(config: &Config, address: SocketAddr) -> Vec<String> {
    let host = config.listen.value.rsplit_once(':').map_or("", |(host, _)| host);
    vec![host.to_owned(), address.ip().to_string()]
}

/// Listens for Ctrl-C and termination from now on; what it returns is done once one came.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

fn has_desktop() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(target_os = "macos", windows)) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

fn open_browser(url: &str) {
    let mut command = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        Command::new("explorer")
    } else {
        Command::new("xdg-open")
    };
    let started = command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if let Err(error) = started {
        tracing::debug!(error = &error as &dyn std::error::Error, "no browser could be opened");
    }
}
