// A station's password: long, random, and of signs that are not mistaken for each other when typed.

const SIGNS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH = 20; // 1.6 and 2.x take 16 to 40

export function generated(): string {
  let text = "";
  while (text.length < LENGTH) {
    for (const byte of crypto.getRandomValues(new Uint8Array(LENGTH))) {
      // Of the last, incomplete round nothing is taken: every sign is as likely as another.
      if (byte < 256 - (256 % SIGNS.length)) text += SIGNS[byte % SIGNS.length];
    }
  }
  return text.slice(0, LENGTH);
}
