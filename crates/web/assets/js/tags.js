// Loads the tags that the server says may be loaded here and now, and takes away what they left when somebody
// withdraws. This file is not sent with any other page. It knows no vendor: all that differs stands in the data.
import { cookies, expire, fits, forget } from "./stored.js";

const { tell, tags } = JSON.parse(document.getElementById("tags").textContent);

// In a command some words stand for what only the browser knows.
function filled(value) {
  if (value === "$now") return new Date();
  if (value === "$page") return location.origin + location.pathname;
  if (Array.isArray(value)) return value.map(filled);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, filled(one)]));
  return value;
}

// The script takes the earlier commands too, once it is there.
function command({ queue }, words) {
  const list = window[queue.global];
  if (queue.as_arguments) (function () { list.push(arguments); })(...filled(words));
  else list.push(filled(words));
}

function load(tag) {
  Object.assign((window[tag.queue.global] ??= []), filled(tag.queue.with));
  if (tag.mask) document.body.setAttribute(tag.mask, "");
  for (const words of tag.first) command(tag, words);
  const script = document.createElement("script");
  script.async = true;
  script.src = tag.script;
  document.head.append(script);
}

function withdraw(tag) {
  const { commands, flags, cookies: named, cookies_kept: kept, storage } = tag.withdrawal;
  for (const words of commands) {
    try { command(tag, words); } catch { /* What is below goes all the same. */ }
  }
  for (const flag of flags) window[flag] = true;
  for (const name of cookies().keys()) if (fits(named, name) && !fits(kept, name)) expire(name);
  forget(storage);
}

// Every "no" is a form that goes to the same address; the answer to it is a page without tags.
document.addEventListener("submit", (event) => {
  if (!event.target.getAttribute("action")?.endsWith("/cookie-settings")) return;
  const said = new FormData(event.target, event.submitter);
  const allows = said.get("decision") === "accept" || (said.get("decision") === "choice" && said.has("analytics"));
  if (!allows) tags.forEach(withdraw);
});

// The id that a script made, as soon as it is there.
function made(at) {
  if (at.store === "cookie") return cookies().get(at.name)?.split(".").slice(at.from, at.to ?? undefined).join(".");
  try { return JSON.parse(localStorage.getItem(at.name))?.[at.field]; } catch { return undefined; }
}

// By these ids what is kept under them can be deleted with the account: they are told once, and only of a customer.
function tellIds(wait) {
  const all = tags.flatMap((tag) => tag.ids.map((at) => ({ processor: tag.processor, id: made(at) })));
  const ids = all.filter(({ id }) => id);
  if (ids.length < all.length && wait > 0) { setTimeout(tellIds, 500, wait - 1); return; }
  if (ids.length) fetch("/usage/ids", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ ids }), keepalive: true });
}

tags.forEach(load);
if (tell) tellIds(20);
