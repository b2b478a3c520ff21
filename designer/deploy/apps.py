from django.apps import AppConfig


class DeployConfig(AppConfig):
    name = "designer.deploy"
    label = "deploy"
    verbose_name = "Deploy"

    def ready(self) -> None:
        from designer.deploy.checking import follow_edit
        from designer.deploy.copies import labs_that_stand
        from designer.deploy.standing import objection
        from designer.images.actions import delete_image
        from designer.labs.actions import delete_lab, edit_lab

        if objection not in delete_lab.objections:
            delete_lab.objections.append(objection)
        if labs_that_stand not in delete_image.objections:
            delete_image.objections.append(labs_that_stand)
        if follow_edit not in edit_lab.followers:
            edit_lab.followers.append(follow_edit)
