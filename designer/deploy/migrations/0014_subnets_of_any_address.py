from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("deploy", "0013_what_waits_for_a_start"),
    ]

    operations = [
        migrations.AlterField(
            model_name="claim",
            name="kind",
            field=models.CharField(
                choices=[
                    ("link", "interface name"),
                    ("vlan", "VLAN of a NIC"),
                    ("vni", "VXLAN network identifier"),
                    ("subnet", "subnet that a hypervisor is in"),
                    ("forward", "forwarded port"),
                ],
                max_length=8,
            ),
        ),
    ]
