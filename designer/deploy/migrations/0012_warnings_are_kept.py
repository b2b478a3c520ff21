from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("deploy", "0011_forwards_are_claimed"),
    ]

    operations = [
        migrations.AddField(
            model_name="deployment",
            name="warnings",
            field=models.JSONField(default=list),
        ),
    ]
