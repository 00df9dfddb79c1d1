// What consent managers and chat boxes are made of.

// The outermost elements of consent managers, with their backdrops. Sourcepoint and some others show a frame of
// another origin inside of them.
const CONSENT = [
    '#onetrust-consent-sdk', '#onetrust-banner-sdk', '.onetrust-pc-dark-filter', '.optanon-alert-box-wrapper',
    '#CybotCookiebotDialog', '#CybotCookiebotDialogBodyUnderlay', '#cookiebanner', '#didomi-host', '#didomi-popup',
    '#didomi-notice', '#usercentrics-root', '#usercentrics-cmp-ui', 'aside#usercentrics-cmp-ui', '#uc-banner-modal',
    '.qc-cmp2-container', '#qc-cmp2-container', '#qc-cmp2-main', '.qc-cmp-ui-container', '#truste-consent-track',
    '#consent_blackbar', '.truste_overlay', '.truste_box_overlay', '.truste_popframe', '#teconsent_banner',
    '.cky-consent-container', '.cky-overlay', '.cky-modal', '#cookie-law-info-bar', '.cli-modal-backdrop',
    '.cmplz-cookiebanner', '#cmplz-cookiebanner-container', '.osano-cm-window', '.osano-cm-dialog',
    '.cc-window.cc-banner', '.cc-window.cc-floating', '#termly-code-snippet-support', '.termly-styles-root',
    '[class*="termly-styles-module-root"]', '.klaro .cookie-notice', '.klaro .cookie-modal', '#klaro',
    '#iubenda-cs-banner', '#iubenda-iframe', '[id^="sp_message_container_"]', '.fc-consent-root',
    '.fc-dialog-overlay', '#cmpbox', '#cmpbox2', '.cmpboxBG', '#cmpwrapper', '#BorlabsCookieBox',
    '#BorlabsCookieBoxWidget', '#cookiescript_injected', '#cookiescript_injected_wrapper', '#cookiefirst-root',
    '.ch2-container', '#axeptio_overlay', '.axeptio_mount', '#ccc', '#ccc-overlay', '#coiOverlay',
    '#cookie-information-template-wrapper', '#tarteaucitronRoot', '#tarteaucitronAlertBig', '#cc-main', '#cc--main',
    '#ketch-consent-banner', '#lanyard_root', '#transcend-consent-manager', '#sd-cmp', '#appconsent',
    '#hs-eu-cookie-confirmation', '#moove_gdpr_cookie_info_bar', '#gdpr-cookie-message', '#catapult-cookie-bar',
    '#shopify-pc__banner', '#__tealiumGDPRecModal', '#gravitoCMP-modal-layer1', '#fast-cmp-root', '#fides-overlay',
    '#pandectes-banner', '#cookie-consent-banner', '#adroll_consent_container', '.evidon-banner', '#_evidon_banner',
    '#_evidon-background', '#cassie-widget', '#cl-consent', '#ensNotifyBanner', '.moove-gdpr-info-bar-hidden',
    '#snigel-cmp-framework', '#uniccmp', '.admiral-consent', '#ez-cookie-dialog-wrapper', '.truendo_container',
    '#cookie-notice.cookie-notice-visible',
].join();

// Buttons of consent managers that reject.
const REJECT = [
    '#onetrust-reject-all-handler', '.ot-pc-refuse-all-handler', '#CybotCookiebotDialogBodyButtonDecline',
    '#CybotCookiebotDialogBodyLevelButtonLevelOptinDeclineAll', '#didomi-notice-disagree-button',
    '.didomi-continue-without-agreeing', '[data-testid="uc-deny-all-button"]', '#truste-consent-required',
    '.trustarc-declineall-btn', '.cky-btn-reject', '.cmplz-deny', '.osano-cm-denyAll', '.osano-cm-deny',
    '[data-tid="banner-decline"]', '.klaro .cn-decline', '.iubenda-cs-reject-btn', '.fc-cta-do-not-consent',
    '.cmpboxbtnno', '[data-cookie-refuse]', '#cookiescript_reject', '[data-cookiefirst-action="reject"]',
    '.ch2-deny-all-btn', '#axeptio_btn_dismiss', '#tarteaucitronAllDenied2', '#coiConsentBannerDeclineAll',
    '#ccc-reject-settings', '#hs-eu-decline-button', '.moove-gdpr-infobar-reject-btn',
    '#shopify-pc__banner__btn-decline', '#fides-reject-all-button', '.cc-window .cc-deny',
    '#cookie_action_close_header_reject',
].join();

// Chat boxes, with their buttons.
const CHAT = [
    '#intercom-container', '#intercom-frame', '.intercom-lightweight-app', '.intercom-launcher',
    '#drift-widget-container', '#drift-frame-controller', '#drift-frame-chat', '#drift-widget', 'iframe#launcher',
    'iframe#webWidget', '[data-product="web_widget"]', 'iframe[title*="messaging window" i]', '.crisp-client',
    '#crisp-chatbox', 'iframe[title="chat widget" i]', '[id^="tawk"]', '#hubspot-messages-iframe-container',
    '#hubspot-conversations-iframe', '#fc_frame', '#fc_push_frame', '#freshworks-container', '#chat-widget-container',
    '#chat-widget-minimized', '#livechat-compact-container', '#livechat-full', '#olark-wrapper', '#tidio-chat',
    '#tidio-chat-iframe', '#gorgias-chat-container', '#beacon-container', '#userlike', '.fb_dialog',
    '.fb-customerchat', '#zsiq_float', '.zsiq_floatmain', '.zls-sptwndw', '.LPMcontainer', '#lpChat',
    '#smartsupp-widget-container', '#chat-application', '.woot-widget-holder', '.woot--bubble-holder', 'jdiv',
    '#kommunicate-widget-iframe', '#chatra', '#podium-bubble', '#podium-prompt', '.cx-widget.cx-webchat',
    '#ada-button-frame', '#ada-chat-frame', '#ada-entry', '.embeddedServiceHelpButton', '.embeddedServiceSidebar',
    '#embedded-messaging', '#q-messenger-frame', '#sib-conversations', '#brevo-conversations',
    '#bp-web-widget-container', '#bp-web-widget', '#ch-plugin', '#front-chat-iframe', '#reamaze-widget',
    '#PureChatWidget', '#kustomer-ui-sdk-iframe', '#wh-widget-send-button', '#trengo-web-widget',
    '#dixa-messenger-namespace', '.chatlio-widget', '#comm100-container', '#gist-app', '.landbot-widget-wrapper',
    '.snapengage-container', '#designstudio-button', '#designstudio-minimize',
].join();

// Services that show pop-ups, and what else pop-ups call themselves.
const POPUP_NAME = new RegExp([
    'newsletter', 'subscri', 'pop-?up', 'popover-?promo', 'modal', 'interstitial', 'lightbox', 'exit-?intent',
    'opt-?in', 'sign-?up', 'email-?capture', 'klaviyo', 'privy', 'sumo', 'mailmunch', 'optinmonster', 'om-holder',
    'wisepops', 'justuno', 'mc-modal', 'mc_embed', 'onesignal', 'push-?(notification|prompt)', 'paywall', 'regwall',
    'overlay', 'takeover', 'age-?gate', 'promo', 'spin-?wheel', 'giveaway', 'survey', 'feedback-?widget',
    'app-?banner', 'smart-?banner',
].join('|'), 'i');

const CHAT_NAME = /(^|[\W_])(live-?)?chat([\W_]|$)|chat-?(widget|box|bot|bubble|launcher|window)|messenger|live-?support/i;

const CONSENT_NAME = new RegExp([
    'cookie', 'consent', 'gdpr', 'ccpa', 'dsgvo', 'rgpd', 'lgpd', '(^|[\\W_])cmp([\\W_]|$)', 'datenschutz',
    'privacy-?(banner|notice|bar|wall|popup|modal|overlay|manager)',
].join('|'), 'i');

// Names of nothing but banners, whatever they say.
const CONSENT_BANNER = new RegExp([
    '(cookies?|consent|gdpr|ccpa)[-_ ]?(banner|consent|notice|bar|wall|popup|modal|law|alert|message|overlay|dialog|layer)',
    '(cookies?|consent|gdpr|ccpa)[-_ ]?(disclaimer|hint|info|panel|notification|manager|prompt)',
].join('|'), 'i');

const CONSENT_TEXT = new RegExp([
    'cookie', 'gdpr', 'your privacy', 'data protection', 'consent', 'datenschutz', 'dsgvo', 'einwilligung',
    'privatsph', 'vie privée', 'consentement', 'rgpd', 'privacidad', 'consentimiento', 'consenso', 'riservatezza',
    'toestemming', 'privacidade', 'prywatno', 'ciastecz', 'evästee', 'kakor', 'informasjonskapsler', 'soukromí',
    'súkromi', 'sütik', 'куки', 'クッキー', '隐私', '쿠키',
].join('|'), 'i');

// What the buttons of a consent banner say: all of it, or its beginning.
const CHOICE = new RegExp(`^(${[
    'accept', 'agree', 'i agree', 'i accept', 'allow', 'reject', 'decline', 'deny', 'refuse', 'got it', 'understood',
    'i understand', 'only necessary', 'necessary only', 'manage (cookie|preference|option|setting|choice)',
    'cookie (settings|preferences)', 'customi[sz]e', 'save preferences', 'continue without', 'do not consent',
    'consent$', 'ok$', 'okay$', 'dismiss', 'akzept', 'alle akzept', 'ablehnen', 'alle ablehnen', 'zustimmen',
    'einverstanden', 'annehmen', 'verstanden', 'accepter', 'tout accepter', "j['’]accepte", 'refuser', 'tout refuser',
    'continuer sans', 'aceptar', 'rechazar', 'acepto', 'accett', 'rifiut', 'accepteren', 'akkoord', 'weiger',
    'alles accepteren', 'aceitar', 'rejeitar', 'concordo', 'akceptuj', 'zgadzam', 'odrzu', 'hyväksy', 'godkänn',
    'acceptera', 'godta', 'aksepter', 'accepter alle', 'souhlas', 'přijmout', 'odmítnout', 'elfogad', 'принять',
    'соглас', 'понятно', '同意', '接受', 'すべて', '동의',
].join('|')})`, 'i');

// What a button says that closes a box.
const CLOSE = new RegExp(`^(${[
    '×', '✕', '✖', 'x$', 'close', 'dismiss', 'no,? thanks', 'not now', 'maybe later', 'skip', 'schlie(ß|ss)en', 'nein',
    'fermer', 'cerrar', 'chiudi', 'sluiten', 'fechar',
].join('|')})`, 'i');
