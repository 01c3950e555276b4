"use strict";
// The page works without this file: it then reloads by itself. With it, the panel is replaced in
// place as soon as the chat's backend has heard something.

const panel = () => document.getElementById("panel");
const seen = () => new Promise((done) => addEventListener("visibilitychange", done, { once: true }));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("panel");
  const old = panel();
  if (!fresh || fresh.dataset.stamp === old.dataset.stamp) return;
  if (fresh.dataset.state === "open" && old.dataset.state === "open") {
    addMessages(fresh, old);
  } else {
    old.replaceWith(document.adoptNode(fresh));
    document.getElementById("say").textContent = fresh.dataset.say;
    document.title = document.title.replace(/^.* · /, `${fresh.dataset.say} · `);
    prepare();
  }
}

function addMessages(fresh, old) {
  const log = document.getElementById("log");
  const last = Number(log.lastElementChild?.dataset.number ?? 0);
  for (const line of [...fresh.querySelectorAll("#log li")]) {
    if (Number(line.dataset.number) > last) log.append(document.adoptNode(line));
  }
  old.dataset.stamp = fresh.dataset.stamp;
  document.querySelector("[name=form]").value = fresh.querySelector("[name=form]").value;
  log.scrollTop = log.scrollHeight;
}

async function look(now) {
  const { here, stamp } = panel().dataset;
  const answer = await fetch(`${here}/news?seen=${stamp}${now ? "&now" : ""}`);
  if (answer.status === 200) show(await answer.text());
}

async function listen() {
  for (;;) {
    const began = Date.now();
    try {
      await look(false);
    } catch {
      await pause(2000);
    }
    if (Date.now() - began < 300) await pause(300);
    if (document.hidden) await seen();
  }
}

function prepare() {
  const log = document.getElementById("log");
  if (log) log.scrollTop = log.scrollHeight;
  document.getElementById("compose")?.addEventListener("submit", say);
  for (const button of document.querySelectorAll("[data-rests]")) {
    button.disabled = Number(button.dataset.rests) > 0;
    const note = button.form.querySelector(".rests");
    if (note) note.hidden = !button.disabled;
  }
  for (const clock of document.querySelectorAll("[data-countdown]")) count(clock);
}

async function count(clock) {
  const end = Date.now() + 1000 * Number(clock.dataset.countdown);
  const bar = clock.closest(".countdown")?.querySelector("progress");
  for (let left = 1; left > 0 && clock.isConnected; await pause(250)) {
    left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    clock.textContent = left;
    if (bar) bar.value = left;
  }
  if (!clock.isConnected) return;
  if (bar) return look(true).catch(() => {});
  for (const button of document.querySelectorAll("[data-rests]")) button.disabled = false;
  for (const note of document.querySelectorAll(".rests")) note.hidden = true;
}

async function say(event) {
  event.preventDefault();
  const form = event.target;
  if (!form.body.value.trim()) return;
  const said = new URLSearchParams(new FormData(form));
  form.body.value = "";
  try {
    const answer = await fetch(form.action, { method: "POST", body: said });
    if (!answer.ok) throw new Error(answer.status);
    show(await answer.text());
  } catch {
    form.body.value = said.get("body");
  }
}

addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const button = event.target.querySelector("button");
  setTimeout(() => { button.disabled = true; }); // idempotency makes it safe; this makes it calm
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const button of document.querySelectorAll("button:not([data-rests])")) button.disabled = false;
  look(true).catch(() => {});
});
addEventListener("visibilitychange", () => document.hidden || look(true).catch(() => {}));
prepare();
listen();
