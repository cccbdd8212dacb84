export default import.meta.glob<Record<string, unknown>>(
  [
    "../../../src/ogniwo/web/texts/pl/*.json",
    "!**/texts/pl/{messages,driver,timeline}.json", // told by the server, in whole sentences
    "!**/texts/pl/{meanings,wire}.json", // of few pages: see learn
  ],
  { eager: true, import: "default" },
);
