//! Serving the site on a socket.

use std::net::SocketAddr;

use studio::Studio;
use tokio::net::TcpListener;

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
    let router = crate::router(studio, options);
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(until)
        .await
}
