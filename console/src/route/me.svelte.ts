// Who is signed in and what that person may do.

import { api, got, learnCsrf, Problem, type Shape } from "../api/client.ts";

export type Right = Shape<"Right">;
export type Me = Shape<"Me">;

const AGAIN_MS = 5_000;
// Until it is known: nothing but looking.
const NOBODY: Me = {
  login: null,
  name: "",
  role: null,
  rights: ["read"],
  sites: null,
  language: null,
  csrf: "",
};

let known = $state.raw<Me>(NOBODY);

export const me = (): Me => known;
export const may = (right: Right): boolean => known.rights.includes(right);
/** Under which name the server keeps what is done here. */
export const author = (): string => known.login ?? known.name;

/** Who cannot be reached now is asked again: the page is drawn meanwhile, and says so. */
export async function knowMe(): Promise<void> {
  try {
    known = await got(api.GET("/api/v1/me"));
    learnCsrf(known.csrf);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    setTimeout(() => void knowMe(), AGAIN_MS);
  }
}
