from django.apps import AppConfig


class DeployConfig(AppConfig):
    name = "designer.deploy"
    label = "deploy"
    verbose_name = "Deploy"

    def ready(self) -> None:
        from designer.deploy.standing import objection
        from designer.labs.actions import delete_lab

        if objection not in delete_lab.objections:
            delete_lab.objections.append(objection)
