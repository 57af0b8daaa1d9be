"""Builds the application from its parts; contains no decision."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from tracker import api, cli, config, db, logs, translation
from tracker.delivery import channels


def create_app(settings: config.Settings | None = None) -> Flask:
    """Return the web application; never starts a scheduler. Raises SettingRefused that names the variable."""
    settings = config.checked(settings) if settings else config.from_environment()
    settings.instance_dir.mkdir(parents=True, exist_ok=True)
    app = Flask("tracker", instance_path=str(settings.instance_dir.resolve()), static_folder=None)
    app.extensions["settings"] = settings
    app.extensions["channels"] = channels.list_offered(settings)
    logs.configure(settings.log_level)
    db.init(app, settings.database_url)
    translation.init(app)
    api.register(app)
    cli.register(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app
