// takumi: the card drawn by its native library. There is no browser.

import { Renderer } from "@takumi-rs/core";
import { card, settings } from "../card.mjs";
import { serve } from "../renderer.mjs";

await serve(async () => {
  const { width, height, fonts } = await settings();
  const renderer = new Renderer();
  for (const font of fonts) await renderer.registerFont(font);
  const element = (style, children) =>
    typeof children === "string" ? { type: "text", style, text: children } : { type: "container", style, children };
  const render = () => renderer.render(card(element), { width, height, format: "png" });
  return { render, close: async () => {} };
});
