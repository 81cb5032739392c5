//! Serving the site on a socket.

use std::net::SocketAddr;

use studio::Studio;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::options::WebOptions;

/// Answers requests on `listener` until `until` is over; requests under way are finished.
///
/// # Errors
/// When the socket fails.
pub async fn serve(
    studio: Studio,
    options: WebOptions,
    listener: TcpListener,
    until: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (stop, stopping) = watch::channel(false);
    let router = crate::site::router_until(studio, options, stopping);
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move {
            until.await;
            // Streams that would go on for minutes end now.
            let _ = stop.send(true);
        })
        .await
}
