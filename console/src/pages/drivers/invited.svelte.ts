// The link of a driver who was just put on file, until it was shown: the server tells it once.

import type { Shape } from "../../api/client.ts";

let invited = $state.raw<Shape<"InvitedDriver"> | null>(null);

export const justInvited = () => invited;
export const invite = (driver: Shape<"InvitedDriver"> | null): void => void (invited = driver);
