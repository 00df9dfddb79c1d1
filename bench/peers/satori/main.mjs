// satori with resvg: an SVG of the card, then its picture. There is no browser.

import { renderAsync } from "@resvg/resvg-js";
import satori from "satori";
import { card, settings } from "../card.mjs";
import { serve } from "../renderer.mjs";

await serve(async () => {
  const options = await settings();
  const element = (style, children) => ({ type: "div", props: { style, children } });
  const render = async () => {
    const svg = await satori(card(element), options);
    // satori has turned the text into paths.
    const picture = await renderAsync(svg, { font: { loadSystemFonts: false } });
    return picture.asPng();
  };
  return { render, close: async () => {} };
});
