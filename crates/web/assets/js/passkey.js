// Passkeys: the browser's part. What is sent are bytes in base64, URL-safe and not padded.
const from = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const to = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const ask = async (path, body) => {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body ?? {}),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Refused(said.message);
  return said;
};

class Refused extends Error {}

const add = async () => {
  const { site, make } = await ask("/account/passkeys/begin");
  const made = await navigator.credentials.create({
    publicKey: {
      rp: { id: site, name: "Mini Studio" },
      user: { id: from(make.user), name: make.email, displayName: make.email },
      challenge: from(make.challenge),
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: make.known.map((id) => ({ type: "public-key", id: from(id) })),
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
      attestation: "none",
    },
  });
  return ask("/account/passkeys/add", {
    client_data: to(made.response.clientDataJSON),
    authenticator_data: to(made.response.getAuthenticatorData()),
    public_key: to(made.response.getPublicKey()),
  });
};

const use = async (next) => {
  const { site, challenge } = await ask("/sign-in/passkey/begin");
  const used = await navigator.credentials.get({
    publicKey: { rpId: site, challenge: from(challenge), userVerification: "required" },
  });
  return ask("/sign-in/passkey", {
    credential: to(used.rawId),
    client_data: to(used.response.clientDataJSON),
    authenticator_data: to(used.response.authenticatorData),
    signature: to(used.response.signature),
    next,
  });
};

for (const place of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  const [button, wrong] = [place.querySelector("button"), place.querySelector("[role=alert]")];
  place.hidden = false;
  button.addEventListener("click", async () => {
    wrong.hidden = true;
    button.setAttribute("aria-busy", "true");
    try {
      const { next } = await (place.dataset.passkey === "add" ? add() : use(place.dataset.next));
      location.assign(next);
    } catch (error) {
      // Whoever closes the browser's own window has only changed their mind.
      const known = error.name === "InvalidStateError" ? place.dataset.known : undefined;
      wrong.textContent = error instanceof Refused ? error.message : known ?? place.dataset.failed;
      wrong.hidden = error.name === "NotAllowedError" && place.dataset.passkey === "add";
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
}
