/// How the page looks: in light and dark, on a desk and on a phone.
extension StatusPage {
  static let style: Markup = """
    \(colours)
    *{box-sizing:border-box}
    body{margin:0;background:var(--ground);color:var(--text);
    font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
    main,footer{max-width:64rem;margin:0 auto;padding:0 1.25rem}
    h1,h2,h3,p,dl,dd,ul,ol,figure{margin:0;padding:0}
    ul,ol{list-style:none}
    h2{font-size:1.15rem;letter-spacing:-.01em;margin:2.5rem 0 .9rem}
    h3{font-size:.82rem;font-weight:600;color:var(--soft)}
    code{font:.86em ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace}
    .card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.1rem 1.2rem}
    .caption,.lead,small,.axis{color:var(--soft);font-size:.82rem}
    .lead{font-size:.95rem;max-width:46rem;margin:-.3rem 0 .9rem}
    .unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
    white-space:nowrap}
    \(hero)\(gaugeStyle)\(findingStyle)\(runStyle)\(tableStyle)
    footer{padding-top:2rem;padding-bottom:2.5rem;color:var(--soft);font-size:.85rem}
    @media(max-width:40rem){main,footer{padding-left:1rem;padding-right:1rem}}
    """

  /// Each tint has a contrast of at least 4.5 to 1 against the card.
  private static let colours: Markup = """
    :root{--ground:#f4f6f8;--card:#fff;--line:#dfe4ea;--text:#17202b;--soft:#566270;--river:#0b6b83;
    --good:#15794a;--fair:#8f5c00;--bad:#bd2130;--none:#566270;--track:#e8ecf1;--gone:.38;--on:#fff}
    @media(prefers-color-scheme:dark){:root{--ground:#0e1319;--card:#161d26;--line:#28323e;
    --text:#e7ecf2;--soft:#9aa7b5;--river:#54bdd6;--good:#4cc38a;--fair:#f0b34a;--bad:#ff7b7b;
    --none:#9aa7b5;--track:#232d38;--gone:.4;--on:#0e1319}}
    .ok{--state:var(--good)}.warning{--state:var(--fair)}.critical{--state:var(--bad)}
    .unknown,.notice{--state:var(--none)}
    .complete{--state:var(--good)}.partial,.interrupted{--state:var(--fair)}
    .degraded,.died,.unreachable,.refused,.damaged,.failed{--state:var(--bad)}
    .running{--state:var(--river)}
    .good{--state:var(--good)}.fair{--state:var(--fair)}.bad{--state:var(--bad)}
    .absent{--state:var(--none)}
    """

  private static let hero: Markup = """
    .hero{padding:2.2rem 0 1.6rem}
    .brand{display:flex;align-items:center;gap:.5rem;font-weight:650;color:var(--river);
    margin-bottom:1.4rem}
    .brand svg{width:1.6rem;height:1.6rem;fill:none;stroke:currentColor;stroke-width:2.4;
    stroke-linecap:round}
    h1{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem .8rem;font-size:1.7rem;
    line-height:1.25;letter-spacing:-.02em;font-weight:650}
    .badge{background:var(--state);color:var(--on);border-radius:99px;padding:.22em .8em;
    font-size:.62em;letter-spacing:.01em}
    .known{margin-top:.6rem;color:var(--soft)}.known b{color:var(--text)}
    """

  private static let gaugeStyle: Markup = """
    .gauges{display:grid;grid-template-columns:repeat(3,1fr);gap:.9rem}
    .gauge .value{font-size:1.75rem;font-weight:650;letter-spacing:-.02em;margin:.15rem 0 .7rem;
    font-variant-numeric:tabular-nums}
    .gauge.fair .value,.gauge.bad .value{color:var(--state)}
    .bar{position:relative;height:.55rem;border-radius:99px;background:var(--track);
    margin-bottom:.7rem;overflow:hidden}
    .fill{position:absolute;inset:0 auto 0 0;border-radius:99px;background:var(--state);min-width:4px}
    .absent .fill{display:none}
    .bar i{position:absolute;top:0;bottom:0;width:2px;background:var(--card)}
    .amounts{grid-column:1/-1;display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));
    gap:.8rem 1.4rem}
    dt{font-size:.82rem;font-weight:600;color:var(--soft)}
    dd{font-size:1.1rem;font-weight:600}
    dd small{display:block;font-weight:400}
    @media(max-width:48rem){.gauges{grid-template-columns:1fr}
    .amounts{grid-template-columns:1fr 1fr}}
    """

  private static let findingStyle: Markup = """
    .finding{background:var(--card);border:1px solid var(--line);border-left:5px solid var(--state);
    border-radius:10px;padding:.85rem 1.1rem;margin-bottom:.7rem;overflow-wrap:anywhere}
    .kind{font-size:.82rem;color:var(--soft);margin-bottom:.15rem}
    .kind b{color:var(--state);text-transform:capitalize;margin-right:.4em}
    .finding p::first-letter{text-transform:uppercase}
    .remedy{margin-top:.45rem;color:var(--soft);font-size:.93rem}
    .remedy span{font-weight:600;color:var(--text)}
    .remedy code{background:var(--track);color:var(--text);border-radius:5px;padding:.1em .4em}
    """

  /// A week in each row on a desk, two days in each row on a phone.
  private static let runStyle: Markup = """
    .timeline{display:grid;grid-template-columns:repeat(42,1fr);gap:3px}
    .timeline li{aspect-ratio:3/4;border-radius:4px;background:var(--state);color:var(--on);
    display:grid;place-items:center;font-size:.75rem;font-weight:700;line-height:1;position:relative}
    .timeline .gone{opacity:var(--gone)}
    .timeline .running{background:transparent;border:2px solid var(--state);color:var(--state)}
    .legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;margin-top:.9rem;font-size:.85rem;
    color:var(--soft)}
    .legend li{display:flex;align-items:center;gap:.4em}
    .legend i{display:grid;place-items:center;width:1rem;height:1rem;border-radius:3px;
    background:var(--state);color:var(--on);font:700 .7rem/1 system-ui,sans-serif}
    .legend .running{background:transparent;border:2px solid var(--state);color:var(--state)}
    .charts{display:grid;grid-template-columns:1fr 1fr;gap:.9rem;margin:.9rem 0}
    .charts figure:only-child{grid-column:1/-1}
    .plot{position:relative;height:9rem;margin-top:.8rem}
    .plot svg{position:absolute;inset:0;width:calc(100% - 4.2rem);height:100%;
    border-bottom:1px solid var(--line);overflow:visible}
    .grid span{position:absolute;left:0;right:0;border-top:1px dashed var(--line);
    font-size:.72rem;line-height:1.3;color:var(--soft);text-align:right;transform:translateY(-1px)}
    rect{fill:var(--state)}
    .area{fill:var(--river);opacity:.14}
    .line{fill:none;stroke:var(--river);stroke-width:2;vector-effect:non-scaling-stroke;
    stroke-linejoin:round}
    .axis{display:flex;justify-content:space-between;margin-top:.35rem;font-size:.75rem}
    figure .axis{margin-right:4.2rem}
    @media(max-width:48rem){.charts{grid-template-columns:1fr}
    .timeline{grid-template-columns:repeat(12,1fr);gap:4px}.timeline li{aspect-ratio:1}}
    """

  private static let tableStyle: Markup = """
    summary{cursor:pointer;font-weight:600}
    details[open] summary{margin-bottom:.8rem}
    table{width:100%;border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums}
    th,td{text-align:left;padding:.45rem .6rem .45rem 0;border-top:1px solid var(--line);
    font-weight:400;vertical-align:top}
    thead th{border-top:0;font-weight:600;color:var(--soft);font-size:.8rem}
    td b{color:var(--state)}
    @media(max-width:40rem){thead{display:none}
    tr{display:block;border-top:1px solid var(--line);padding:.5rem 0}tr:first-child{border-top:0}
    tbody th,td{display:flex;justify-content:space-between;gap:1rem;border:0;padding:.12rem 0;
    text-align:right}
    tbody th::before,td::before{content:attr(data-label);color:var(--soft);text-align:left}}
    """
}
