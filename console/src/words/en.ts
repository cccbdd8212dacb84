export default import.meta.glob<Record<string, unknown>>(
  [
    "../../../src/ogniwo/web/texts/en/*.json",
    "!**/texts/en/{messages,driver,timeline}.json", // told by the server, in whole sentences
    "!**/texts/en/{meanings,wire}.json", // of few pages: see learn
  ],
  { eager: true, import: "default" },
);
