//! Which processors are switched on, and connecting them. Nothing is started with one that the policy does not name,
//! that no agreement binds, or that is half configured.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, bail};
use egress::{Egress, Limits, Receipts, Reroute};
use policy::{Policies, ProcessorId, SwitchedOn};
use processors::Fields;
use studio::{Clock, Connect, System};

use crate::config::Settings;

/// The processors that are switched on, and our accounts there.
pub struct Outsiders {
    /// Those that are on, with their agreements.
    pub on: SwitchedOn,
    accounts: BTreeMap<ProcessorId, Fields>,
    reroute: Reroute,
}

impl Outsiders {
    /// Reads the configuration.
    ///
    /// # Errors
    /// A sentence for each that cannot be switched on.
    pub fn read(settings: &Settings, policies: &Policies) -> anyhow::Result<Self> {
        let (mut chosen, mut accounts, mut wrong) = (Vec::new(), BTreeMap::new(), Vec::new());
        for (name, processor) in &settings.processors {
            match name.parse::<ProcessorId>() {
                Ok(id) => {
                    let reference = processor.agreement.trim();
                    chosen.push((id, (!reference.is_empty()).then(|| reference.to_owned())));
                    let fields = serde_json::to_value(&processor.account)?;
                    accounts.insert(id, fields.as_object().cloned().unwrap_or_default());
                }
                Err(error) => wrong.push(format!("{name} cannot be switched on: {error}")),
            }
        }
        let on = SwitchedOn::new(policies, System.now_ms(), chosen).unwrap_or_else(|missing| {
            wrong.extend(missing.iter().map(ToString::to_string));
            SwitchedOn::none()
        });
        let reroute =
            Reroute::new(settings.emulators.clone()).context("Look at `emulators` in the configuration")?;
        let read = Self { on, accounts, reroute };
        // Connecting opens no connection yet: it tells what is missing.
        let nowhere = Arc::new(egress::NoReceipts);
        if let Err(missing) = read.connected(policies, Arc::new(System), nowhere)? {
            wrong.extend(missing);
        }
        if wrong.is_empty() {
            return Ok(read);
        }
        bail!("{}\nLook at `processors` in the configuration: nothing was started.", wrong.join("\n"))
    }

    /// How the studio connects them.
    ///
    /// # Errors
    /// When TLS is not to be had.
    pub fn connect(self, policies: &Policies, clock: Arc<dyn Clock>) -> anyhow::Result<Arc<Connect>> {
        let policies = policies.clone();
        Ok(Arc::new(move |receipts| {
            let connected = self.connected(&policies, Arc::clone(&clock), receipts);
            connected.map_err(|error| error.to_string())?.map_err(|wrong| wrong.join("; "))
        }))
    }

    fn connected(
        &self,
        policies: &Policies,
        clock: Arc<dyn Clock>,
        receipts: Arc<dyn Receipts>,
    ) -> anyhow::Result<Result<processors::Connected, Vec<String>>> {
        let now = move || clock.now_ms();
        let (policies, on, reroute) = (policies.clone(), self.on.clone(), self.reroute.clone());
        let egress = Egress::new(policies, on, receipts, now, Limits::default(), reroute)?;
        Ok(processors::connect(&self.accounts, &egress))
    }
}
