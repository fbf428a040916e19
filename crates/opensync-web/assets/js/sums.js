// Sums over selected rows, written as `format.rs` writes them.

function short(number) {
  if (number < 1000) return String(number);
  let value = number / 1000;
  let unit = "K";
  for (const larger of ["M", "B", "T"]) {
    if (value < 999.95) break;
    value /= 1000;
    unit = larger;
  }
  return `${value.toFixed(1)}${unit}`;
}

function money(micro) {
  if (micro > 0 && micro < 10_000) return "<$0.01";
  return `$${(Math.floor((micro + 5_000) / 10_000) / 100).toLocaleString("en-US", { minimumFractionDigits: 2 })}`;
}

// `figures` hold the data of their boxes; a figure nobody recorded is absent.
export function sumOf(figures) {
  const known = (name) => figures.filter((one) => name in one).map((one) => Number(one[name]));
  const add = (numbers, write) => (numbers.length ? write(numbers.reduce((sum, one) => sum + one, 0)) : "n/a");
  const least = known("cost").length && figures.some((one) => "partial" in one) ? "at least " : "";
  return `${add(known("tokens"), short)} tokens · ${least}${add(known("cost"), money)}`;
}
