// Starts the console: texts and the person first, so that nothing is drawn twice.

import "../../src/ogniwo/web/static/tokens.css";
import "./look/base.css";

import { mount } from "svelte";

import App from "./App.svelte";
import { knowMe } from "./route/me.svelte.ts";
import { followLinks } from "./route/router.svelte.ts";
import { speak, type Language } from "./words/words.svelte.ts";

followLinks();
await Promise.all([speak(document.documentElement.lang as Language), knowMe()]);
mount(App, { target: document.getElementById("app")! });
