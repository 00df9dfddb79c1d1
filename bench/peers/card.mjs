// The card of `pages/card.html` for tools that draw without a browser: a tree of elements with styles.

import { readFile } from "node:fs/promises";

const SIZE = { width: 1280, height: 720 };

const STYLES = {
  card: {
    width: 1280, height: 720, padding: 72, flexDirection: "column", justifyContent: "space-between", color: "#ffffff",
    backgroundImage: "linear-gradient(135deg, #1f2a44, #0b7a75)", fontFamily: "Inter", fontWeight: 700,
  },
  section: { fontSize: 32, color: "#9fd8cb" },
  title: { fontSize: 76, lineHeight: 1.15 },
  foot: { alignItems: "center" },
  portrait: { width: 88, height: 88, marginRight: 28, borderRadius: 44, backgroundColor: "#f4b942" },
  author: { flexDirection: "column", fontSize: 34 },
  name: {},
  date: { fontSize: 26, color: "#c6d2de" },
};

/** Returns the card, with elements made by `element(style, children)`; children are elements, or one text. */
export function card(element) {
  const box = (name, children) => element({ display: "flex", boxSizing: "border-box", ...STYLES[name] }, children);
  return box("card", [
    box("section", "Notes on exposure"),
    box("title", "How long the light must fall on a plate before a street becomes a picture"),
    box("foot", [
      box("portrait", []),
      box("author", [box("name", "Ada Plate"), box("date", "29 November 2026")]),
    ]),
  ]);
}

/** Returns the size of the card and its font, which these tools read as WOFF. */
export async function settings() {
  const font = new URL("fonts/node_modules/@fontsource/inter/files/inter-latin-700-normal.woff", import.meta.url);
  return { ...SIZE, fonts: [{ name: "Inter", data: await readFile(font), weight: 700, style: "normal" }] };
}
