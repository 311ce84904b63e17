/// The page's own style sheet and script.
enum Style {
    static let sheet = """
        :root{color-scheme:light dark;--paper:#f6f7f9;--card:#fff;--ink:#1c2430;--soft:#5b6778;--line:#e2e6ec;\
        --work:#3b6fd4;--overhead:#a3b1c6;--lost:#cf4a3f;--equivalent:#b3770a;--saved:#2f9e6e;\
        --good:#1c7a50;--warn:#96600a;--bad:#b5372d;--tint:#eef2f8}
        @media(prefers-color-scheme:dark){:root{--paper:#12161c;--card:#1a2028;--ink:#e6eaf0;--soft:#98a4b5;\
        --line:#2b333f;--work:#6f9bf0;--overhead:#56647a;--lost:#e8766b;--equivalent:#e0a845;--saved:#3fae7e;\
        --good:#5fcf9c;--warn:#e0a845;--bad:#f08d83;--tint:#222a35}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);\
        font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;\
        font-variant-numeric:tabular-nums}
        main{max-width:1240px;margin:0 auto;padding:24px 24px 48px}
        h1{font-size:22px;margin:0;letter-spacing:-.01em}
        h2{font-size:15px;margin:0;font-weight:600}
        header{display:flex;flex-wrap:wrap;align-items:center;gap:6px 12px;margin-bottom:18px}
        header p{margin:0;color:var(--soft)}header .when{margin-left:auto}
        .badge{display:inline-block;padding:1px 9px;border-radius:99px;font-size:12.5px;font-weight:600;\
        background:var(--tint);color:var(--soft);white-space:nowrap}
        .good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
        .notice{margin:0 0 14px;padding:10px 14px;border-radius:10px;background:var(--card);\
        border:1px solid var(--line);border-left:4px solid var(--equivalent)}
        .facts{display:grid;grid-template-columns:repeat(6,1fr);margin:0 0 16px;padding:0;background:var(--card);\
        border:1px solid var(--line);border-radius:12px;overflow:hidden}
        .facts div{padding:14px 18px;min-width:0;box-shadow:-1px -1px 0 var(--line)}
        .facts dt{color:var(--soft);font-size:13px}
        .facts dd{margin:2px 0 0;font-size:24px;font-weight:650;letter-spacing:-.02em;line-height:1.2;\
        white-space:nowrap}
        .facts small{display:block;font-size:12.5px;color:var(--soft);font-weight:400;letter-spacing:0;\
        white-space:normal}
        .charts{display:grid;grid-template-columns:1fr 1fr;gap:16px}
        figure,section{margin:0 0 16px;background:var(--card);border:1px solid var(--line);border-radius:12px;\
        padding:16px 18px;min-width:0}
        .charts figure{margin:0 0 16px}
        figcaption{display:flex;flex-wrap:wrap;gap:4px 16px;align-items:baseline;margin-bottom:8px}
        .legend{display:flex;flex-wrap:wrap;gap:2px 14px;margin:0;padding:0;list-style:none;color:var(--soft);\
        font-size:12.5px}
        .key{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:6px}
        .key.work,.key.spent{background:var(--work)}.key.overhead{background:var(--overhead)}\
        .key.lost{background:var(--lost)}.key.saved{background:var(--saved);opacity:.55}\
        .key.equivalent{background:var(--equivalent);height:3px;vertical-align:middle}
        svg{display:block;width:100%;height:auto}
        svg text{fill:var(--soft);font-size:12px;text-anchor:middle}svg text.amount{text-anchor:end}
        .grid{stroke:var(--line)}.base{stroke:var(--soft);stroke-opacity:.6}
        rect.work{fill:var(--work)}rect.overhead{fill:var(--overhead)}rect.lost{fill:var(--lost)}
        g:hover>rect{opacity:.8}
        polyline{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
        polyline.equivalent{stroke:var(--equivalent)}polyline.spent-line{stroke:var(--work)}
        polygon.spent{fill:var(--work);fill-opacity:.22}polygon.saved{fill:var(--saved);fill-opacity:.24}
        section>header{margin:0 0 8px}section>header p{font-size:13px}
        .scroll{overflow-x:auto;margin:0 -18px -8px;padding:0 18px 8px}
        table{border-collapse:collapse;width:100%;font-size:14px}
        th{font-weight:500;font-size:12.5px;color:var(--soft);text-align:left;white-space:nowrap}
        th,td{padding:6px 12px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}
        tr:last-child>td{border-bottom:0}
        th.n+th:not(.n),td.n+td:not(.n){padding-left:14px}
        th:last-child,td:last-child{padding-right:0}
        .n{text-align:right;white-space:nowrap}.k{white-space:nowrap}.soft{color:var(--soft)}
        td small{display:block;color:var(--soft);font-size:12.5px}
        .empty{color:var(--soft);margin:6px 0}
        details>summary{cursor:pointer;list-style-position:outside}
        details[open]>summary{margin-bottom:6px}
        details table{font-size:13px;background:var(--tint);border-radius:8px;border-spacing:0}
        details th,details td{padding:5px 10px!important}
        details tr.chosen td{font-weight:600}
        footer{color:var(--soft);font-size:13px}footer a{color:inherit}
        @media(max-width:980px){.charts{grid-template-columns:1fr;gap:0}.facts{grid-template-columns:repeat(3,1fr)}}
        @media(max-width:560px){main{padding:16px 12px 32px}.facts{grid-template-columns:repeat(2,1fr)}\
        .facts dd{font-size:20px}.facts div{padding:12px 14px}header .when{margin-left:0;width:100%}\
        figure,section{padding:14px}.scroll{margin:0 -14px -8px;padding:0 14px 8px}svg text{font-size:16px}}
        """

    /// Fetches the page again every few seconds and puts its main part in place, keeping what the reader has opened.
    static let script = """
        const beat=5000;
        async function renew(){
          if(document.hidden||!getSelection().isCollapsed)return;
          try{
            const answer=await fetch(location.href,{cache:'no-store'});
            if(!answer.ok)throw answer.status;
            const text=await answer.text();
            const part=text.slice(text.indexOf('<main>'),text.indexOf('</main>')+7);
            const next=new DOMParser().parseFromString(part,'text/html').querySelector('main');
            const main=document.querySelector('main');
            for(const open of main.querySelectorAll('details[open][id]')){
              const same=next.querySelector('#'+CSS.escape(open.id));
              if(same)same.open=true;
            }
            const scrolled=[...main.querySelectorAll('.scroll')].map(e=>e.scrollLeft);
            main.replaceWith(document.adoptNode(next));
            [...next.querySelectorAll('.scroll')].forEach((e,i)=>{e.scrollLeft=scrolled[i]||0});
          }catch(reason){
            const lost=document.getElementById('lost');
            if(lost)lost.hidden=false;
          }
        }
        setInterval(renew,beat);
        """
}
